/** The whole drawing on one plain canvas: for the overview of far zooms and for the minimap. */
import type { EdgeEnds } from "../model/edges";
import type { Box } from "../model/geometry";
import type { NodeStatus } from "../model/types";

export interface Scene {
  /** Notes lie behind all else; each has the colour of its paper. */
  notes: readonly (Box & { id: string; text: string; color: string })[];
  boxes: readonly (Box & { id: string; frame?: boolean })[];
  edges: readonly EdgeEnds[];
  selected: ReadonlySet<string>;
  /** A node's colour when no run colours it. */
  hue(id: string): string;
  status(id: string): NodeStatus | undefined;
  /** A node's name; a scene without names draws none. */
  title?(id: string): string;
}

export interface Palette {
  edge: string;
  card: string;
  line: string;
  accent: string;
  text: string;
  font: string;
  status: Record<string, string>;
}

const STATUS_NAMES = ["running", "waiting", "succeeded", "failed", "skipped", "cancelled"];

/** The colours of the page as a plain canvas needs them; read again when the theme changes. */
export function readPalette(element: Element): Palette {
  const style = getComputedStyle(element);
  const value = (name: string): string => style.getPropertyValue(name).trim();
  const status = Object.fromEntries(STATUS_NAMES.map((name) => [name, value(`--status-${name}`)]));
  return {
    edge: value("--line-strong"),
    card: value("--surface"),
    line: value("--line-strong"),
    accent: value("--accent"),
    text: value("--text"),
    font: style.fontFamily,
    status: { ...status, retrying: status["waiting"] ?? "" },
  };
}

/** Make a canvas fit its place on a screen of any density; the context draws in CSS pixels. */
export function prepare(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D | null {
  const density = window.devicePixelRatio || 1;
  const [across, down] = [Math.round(width * density), Math.round(height * density)];
  if (canvas.width !== across) canvas.width = across;
  if (canvas.height !== down) canvas.height = down;
  const context = canvas.getContext("2d");
  context?.setTransform(density, 0, 0, density, 0, 0);
  context?.clearRect(0, 0, width, height);
  return context;
}

/** In pixels of the screen, whatever the zoom: names are there to be read. */
const TYPE = 10;
const LINE = 13;
/** Of the distance between two nodes beside each other, a name below its box may have this part of a box more. */
const BEYOND = 1.3;
/** A name with less room than this says nothing. */
const LEAST = 40;

/** A text that is not wider than it may be. */
export function shortened(text: string, room: number, widthOf: (text: string) => number): string {
  if (widthOf(text) <= room) return text;
  let most = text.length - 1;
  while (most > 1 && widthOf(`${text.slice(0, most)}…`) > room) most -= 1;
  return `${text.slice(0, most).trimEnd()}…`;
}

/** What a note begins with, without the signs of Markdown before it and around its words. */
export function firstLine(text: string): string {
  const line = text.split("\n").find((one) => one.trim()) ?? "";
  return line.replace(/^\s*(?:#{1,6}|[-*>]|\d+\.)\s+/, "").replace(/[*`]/g, "").trim();
}

/** Write each node's name into its box, below it where the box is too low, and a frame's at its upper edge. */
function drawNames(
  context: CanvasRenderingContext2D,
  scene: Scene,
  palette: Palette,
  view: { x: number; y: number; zoom: number },
  seen: { width: number; height: number },
): void {
  context.font = `500 ${TYPE}px ${palette.font}`;
  context.textBaseline = "middle";
  context.textAlign = "center";
  context.fillStyle = palette.text;
  for (const note of scene.notes) {
    const [x, y, width] = [note.x * view.zoom + view.x, note.y * view.zoom + view.y, note.width * view.zoom];
    if (width < LEAST || note.height * view.zoom < LINE || x + width < 0 || x > seen.width || y + LINE < 0 || y > seen.height) continue;
    const text = shortened(firstLine(note.text), width - 6, (one) => context.measureText(one).width);
    context.fillText(text, x + width / 2, y + LINE / 2 + 1);
  }
  for (const box of scene.boxes) {
    const [x, y, width, height] = [box.x * view.zoom + view.x, box.y * view.zoom + view.y, box.width * view.zoom, box.height * view.zoom];
    const inside = height >= LINE + 1;
    const room = inside ? width - 6 : width * BEYOND;
    if (room < LEAST || x + width < 0 || x > seen.width || y + height + LINE < 0 || y > seen.height) continue;
    const name = shortened(scene.title?.(box.id) ?? "", room, (text) => context.measureText(text).width);
    context.fillText(name, x + width / 2, box.frame ? y + LINE / 2 + 1 : inside ? y + height / 2 : y + height + LINE / 2 + 1);
  }
}

/** A corner of less than this is no round one. */
const ROUND = 1.5;

/** What looks the same is filled and outlined as one: of a thousand nodes each by itself would take ten times as long. */
function drawAlike(context: CanvasRenderingContext2D, boxes: readonly Box[], view: { x: number; y: number; zoom: number }): void {
  const radius = 10 * view.zoom;
  context.beginPath();
  for (const box of boxes) {
    const [x, y, width, height] = [box.x * view.zoom + view.x, box.y * view.zoom + view.y, box.width * view.zoom, box.height * view.zoom];
    if (radius < ROUND) context.rect(x, y, width, height);
    else context.roundRect(x, y, width, height, radius);
  }
}

function drawBoxes(context: CanvasRenderingContext2D, scene: Scene, palette: Palette, view: { x: number; y: number; zoom: number }): void {
  const alike = new Map<string, { color: string; status: boolean; frame: boolean; boxes: Box[] }>();
  for (const box of scene.boxes) {
    const status = scene.status(box.id)?.status;
    const color = (status && palette.status[status]) || scene.hue(box.id);
    // A frame stands before what it holds, so it is drawn below, and each by itself.
    const key = box.frame ? box.id : `${color} ${status ? 1 : 0}`;
    const group = alike.get(key);
    if (group) group.boxes.push(box);
    else alike.set(key, { color, status: Boolean(status), frame: Boolean(box.frame), boxes: [box] });
  }
  context.lineWidth = 1;
  for (const { color, status, frame, boxes } of alike.values()) {
    drawAlike(context, boxes, view);
    context.globalAlpha = frame ? 0.5 : 1;
    context.fillStyle = palette.card;
    context.fill();
    context.globalAlpha = (status ? 0.55 : 0.3) * (frame ? 0.3 : 1);
    context.fillStyle = color;
    context.fill();
    context.globalAlpha = 1;
    context.strokeStyle = color;
    context.stroke();
  }
  context.lineWidth = 2;
  context.strokeStyle = palette.accent;
  drawAlike(context, scene.boxes.filter(({ id }) => scene.selected.has(id)), view);
  context.stroke();
}

/** Draw edges, then nodes; `zoom` and the offset lead from the drawing to the canvas. */
export function drawScene(
  context: CanvasRenderingContext2D,
  scene: Scene,
  palette: Palette,
  view: { x: number; y: number; zoom: number },
  seen?: { width: number; height: number },
): void {
  const { zoom } = view;
  const left = (box: Box): number => box.x * zoom + view.x;
  const top = (box: Box): number => box.y * zoom + view.y;
  const byId = new Map(scene.boxes.map((box) => [box.id, box]));
  for (const note of scene.notes) {
    context.beginPath();
    context.rect(left(note), top(note), note.width * zoom, note.height * zoom);
    context.globalAlpha = 0.25;
    context.fillStyle = note.color;
    context.fill();
    context.globalAlpha = 1;
    context.lineWidth = scene.selected.has(note.id) ? 2 : 0.5;
    context.strokeStyle = scene.selected.has(note.id) ? palette.accent : note.color;
    context.stroke();
  }
  context.lineWidth = Math.max(0.75, 2 * zoom);
  context.strokeStyle = palette.edge;
  context.beginPath();
  for (const edge of scene.edges) {
    const source = byId.get(edge.source);
    const target = byId.get(edge.target);
    if (!source || !target) continue;
    const [x1, y1] = [left(source) + source.width * zoom, top(source) + 28 * zoom];
    const [x2, y2] = [left(target), top(target) + 28 * zoom];
    const bend = Math.max(Math.abs(x2 - x1) / 2, 20 * zoom);
    context.moveTo(x1, y1);
    context.bezierCurveTo(x1 + bend, y1, x2 - bend, y2, x2, y2);
  }
  context.stroke();
  drawBoxes(context, scene, palette, view);
  if (seen && scene.title) drawNames(context, scene, palette, view, seen);
}
