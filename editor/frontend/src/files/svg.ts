/** A drawing as an SVG picture, with the document that it shows in its metadata. */
import type { DraftNote } from "../model/draft";
import { drawnEnds } from "../model/frames";
import { around, type Box, INSIDE, type PortPlace } from "../model/geometry";
import { LINK_GAP, LINK_HEIGHT, linkTag, routePoints } from "../model/routes";
import { curvesOf, pathOf } from "../model/slice";
import type { PortType } from "../model/types";
import type { NodeForm } from "../store/shapes";
import type { Drawn } from "../versions/drawn";
import { noteLines } from "./svgNote";
import { portShape } from "./svgPort";

/** Under which the server finds it again, in an SVG as in a PNG. */
export const KEYWORD = "conductor-blueprint";
const MARGIN = 40;
const RAIL = 84;
/** Of a note. */
const LINE = 19;

/** Plain colours, since a picture has no variables. */
export interface Colours {
  background: string;
  surface: string;
  line: string;
  text: string;
  muted: string;
  port: Record<PortType, string>;
  hue(category: string | undefined): string;
  note(color: string): string;
  /** The inside of an icon of 24 by 24, drawn in the current colour. */
  icon(name: string | undefined): string;
}

export interface Picture {
  svg: string;
  width: number;
  height: number;
}

export function escaped(text: string): string {
  // Of the control characters XML takes three; the others can't stand in a picture.
  const plain = text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd");
  return plain.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/** A text of about so many pixels; a picture cannot ask how wide its reader's letters are. */
export function clipped(text: string, width: number, letter: number): string {
  const most = Math.max(1, Math.floor(width / letter));
  return text.length > most ? `${text.slice(0, most - 1).trimEnd()}…` : text;
}

function portX(side: "in" | "out", box: Box, { port }: PortPlace): number {
  const inset = port.inner ? RAIL : 0;
  return side === "in" ? box.x + (port.inner ? box.width - inset : 0) : box.x + (port.inner ? inset : box.width);
}

function port(side: "in" | "out", box: Box, place: PortPlace, named: boolean, colours: Colours): string {
  if (place.port.name === INSIDE) return "";
  const [x, y] = [portX(side, box, place), box.y + place.y];
  const color = colours.port[place.port.type];
  const dot = portShape(x, y, place.port, colours.surface, color);
  if (!named && !place.port.inner) return dot;
  const before = side === "out";
  const at = before ? x - 12 : x + 12;
  return `${dot}<text x="${at}" y="${y + 4}" font-size="11.5" text-anchor="${before ? "end" : "start"}" fill="${colours.muted}">${escaped(clipped(place.port.title, place.port.inner ? RAIL - 20 : 90, 6.4))}</text>`;
}

function titleOf({ node, spec }: NodeForm): string {
  return node.title || spec?.title || node.kind;
}

function icon(x: number, y: number, size: number, form: NodeForm, colours: Colours): string {
  const hue = colours.hue(form.spec?.category);
  const inner = size * 0.53;
  const inset = (size - inner) / 2;
  return (
    `<rect x="${x}" y="${y}" width="${size}" height="${size}" rx="9" fill="${hue}" fill-opacity="0.13"/>` +
    `<svg x="${x + inset}" y="${y + inset}" width="${inner}" height="${inner}" viewBox="0 0 24 24" fill="none" stroke="${hue}" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" color="${hue}">${colours.icon(form.spec?.icon)}</svg>`
  );
}

function ports(form: NodeForm, box: Box, named: boolean, colours: Colours): string {
  const { inputs, outputs } = form.shape;
  return [...inputs.map((place) => port("in", box, place, named, colours)), ...outputs.map((place) => port("out", box, place, named, colours))].join("");
}

function card(form: NodeForm, box: Box, colours: Colours): string {
  const { x, y, width, height } = box;
  const { node, spec, shape } = form;
  const faint = node.settings.disabled ? ' opacity="0.5"' : "";
  const about = node.title && spec ? spec.title : node.kind;
  return (
    `<g${faint}><rect x="${x}" y="${y}" width="${width}" height="${height}" rx="10" fill="${colours.surface}" stroke="${colours.line}"/>` +
    icon(x + 12, y + 11, 34, form, colours) +
    `<text x="${x + 56}" y="${y + 26}" font-size="13.5" font-weight="600" fill="${colours.text}">${escaped(clipped(titleOf(form), width - 68, 8.4))}</text>` +
    `<text x="${x + 56}" y="${y + 42}" font-size="11.5" fill="${colours.muted}">${escaped(clipped(about, width - 68, 6.8))}</text>` +
    `${ports(form, box, !shape.compact, colours)}</g>`
  );
}

function frame(form: NodeForm, box: Box, colours: Colours): string {
  const { x, y, width, height } = box;
  const hue = colours.hue(form.spec?.category);
  const { header = 48, namesIn = false, namesOut = false } = form.shape.frame ?? {};
  const left = x + (namesIn ? 96 : 14);
  return (
    `<g><rect x="${x}" y="${y}" width="${width}" height="${height}" rx="12" fill="${hue}" fill-opacity="0.06" stroke="${hue}" stroke-opacity="0.6"/>` +
    icon(left, y + header / 2 - 14, 28, form, colours) +
    `<text x="${left + 38}" y="${y + header / 2 + 5}" font-size="13.5" font-weight="600" fill="${colours.text}">${escaped(clipped(titleOf(form), width - 240, 8.4))}</text>` +
    `${ports(form, box, namesIn || namesOut, colours)}</g>`
  );
}

function note({ x, y, width, height, text, color }: DraftNote, colours: Colours): string {
  const fill = colours.note(color);
  const shown = noteLines(text, width - 24).slice(0, Math.max(1, Math.floor((height - 18) / LINE)));
  const spans = shown.map(
    ({ text: line, size, bold }, index) =>
      `<tspan x="${x + 13}" y="${y + 25 + index * LINE}" font-size="${size}"${bold ? ' font-weight="600"' : ""}>${escaped(line)}</tspan>`,
  );
  return (
    `<g><rect x="${x}" y="${y}" width="${width}" height="${height}" rx="8" fill="${fill}" fill-opacity="0.17" stroke="${fill}" stroke-opacity="0.45"/>` +
    `<text fill="${colours.text}">${spans.join("")}</text></g>`
  );
}

/** One end of a link: its name beside the port. */
function link(x: number, y: number, way: 1 | -1, name: string, color: string, colours: Colours): string {
  const { text, width } = linkTag(name);
  const left = way === 1 ? x + LINK_GAP : x - LINK_GAP - width;
  return (
    `<path d="M${x},${y} h${way * LINK_GAP}" stroke="${color}" stroke-width="2"/>` +
    `<rect x="${left}" y="${y - LINK_HEIGHT / 2}" width="${width}" height="${LINK_HEIGHT}" rx="${LINK_HEIGHT / 2}" fill="${colours.surface}" stroke="${color}" stroke-width="1.5"/>` +
    `<text x="${left + width / 2}" y="${y + 4}" font-size="11.5" text-anchor="middle" fill="${colours.text}">${escaped(text)}</text>`
  );
}

function edges(drawn: Drawn, boxes: ReadonlyMap<string, Box>, colours: Colours): string {
  return drawn.edges
    .map((drawnEdge) => {
      const edge = drawnEnds(drawnEdge, (id) => drawn.forms.get(id));
      if (!edge) return "";
      const [source, target] = [drawn.forms.get(edge.source), drawn.forms.get(edge.target)];
      const [from, to] = [boxes.get(edge.source), boxes.get(edge.target)];
      const output = source?.shape.outputs.find((place) => place.port.name === edge.sourcePort);
      const input = target?.shape.inputs.find((place) => place.port.name === edge.targetPort);
      if (!from || !to || !output || !input) return "";
      const [x1, y1, x2, y2] = [portX("out", from, output), from.y + output.y, portX("in", to, input), to.y + input.y];
      const type = output.port.type === "any" ? input.port.type : output.port.type;
      const route = drawn.routes.get(drawnEdge.id);
      const color = colours.port[type];
      if (route?.name) return link(x1, y1, 1, route.name, color, colours) + link(x2, y2, -1, route.name, color, colours);
      const path = pathOf(curvesOf({ x: x1, y: y1 }, routePoints(route), { x: x2, y: y2 }));
      return `<path d="${path}" fill="none" stroke="${color}" stroke-width="2" stroke-opacity="0.75"/>`;
    })
    .join("");
}

/** The whole drawing; `document` is the JSON that is embedded. */
export function picture(drawn: Drawn, title: string, document: string, colours: Colours): Picture {
  const whole = around([...drawn.boxes, ...drawn.notes]) ?? { x: 0, y: 0, width: 240, height: 120 };
  const [width, height] = [Math.ceil(whole.width) + 2 * MARGIN, Math.ceil(whole.height) + 2 * MARGIN];
  const [left, top] = [Math.floor(whole.x) - MARGIN, Math.floor(whole.y) - MARGIN];
  const boxes = new Map<string, Box>(drawn.boxes.map((box) => [box.id, box]));
  const each = (frames: boolean, draw: typeof card): string =>
    drawn.boxes
      .filter((box) => Boolean(box.frame) === frames)
      .map((box) => {
        const form = drawn.forms.get(box.id);
        return form ? draw(form, box, colours) : "";
      })
      .join("");
  const svg =
    `<?xml version="1.0" encoding="UTF-8"?>\n` +
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="${left} ${top} ${width} ${height}" font-family="system-ui, 'Segoe UI', Roboto, 'Noto Sans', sans-serif">` +
    `<title>${escaped(title)}</title><metadata id="${KEYWORD}">${escaped(document)}</metadata>` +
    `<rect x="${left}" y="${top}" width="${width}" height="${height}" fill="${colours.background}"/>` +
    drawn.notes.map((one) => note(one, colours)).join("") +
    each(true, frame) +
    edges(drawn, boxes, colours) +
    each(false, card) +
    `</svg>\n`;
  return { svg, width, height };
}
