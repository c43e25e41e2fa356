/** Copy and paste: a piece of a blueprint as `conductor/1` JSON on the clipboard. */
import { insert, LOCAL, moveNodes, NOTE_DEFAULTS } from "../model/draft";
import { type EdgeEnds, edgeText, parseEdge } from "../model/edges";
import { heldBy } from "../model/frames";
import { around, snap, wayFree } from "../model/geometry";
import { renamed, renamedParameters } from "../model/mentions";
import type { Document, DocumentNode, JsonObject, NodeSettings } from "../model/types";
import { beginStep, currentDocument, asStep, doc, newId, useDraft } from "../store/document";
import { keyText, matches } from "../actions/keys";
import { may } from "../store/rights";
import { select, useSelection } from "../store/selection";
import { boxes, drawing, frameAt, framesNow } from "../store/shapes";
import { say } from "../store/ui";
import { isReading } from "../store/versions";
import { listenToDrops } from "../files/drop";
import { whenLoaded } from "../later";
import { deleteSelection } from "./edit";
import { lendField } from "./lendField";
import { bringBoxIntoView, pointerOnScreen, toFlow } from "./view";
import { emptyTable, entryOf } from "../model/own";

/** Only what says so of itself can be a piece; what else is in it, the server reads. */
const PIECE = /["']?format["']?\s*:\s*["']?conductor\//;

/** A chat has it between two lines of a fence, and both are copied along. */
const FENCED = /^\s*(`{3,}|~{3,})\w*\s*\n([^]*?)\n\s*\1\s*$/;

/** What this page has copied last: it needs no reading. */
let copied = "";

/** Whether Shift was held when a key last went down: the browser's own paste does not tell. */
let shift = false;

/** The part of the document that is selected, with what its frames hold, the edges inside it and those that lead to it. */
export function selectedPiece(): Document | undefined {
  const { nodes: chosen } = useSelection.getState();
  if (!chosen.size) return undefined;
  const nodes = new Set([...chosen, ...heldBy(drawing.members(), chosen)]);
  const whole = currentDocument(nodes);
  const within = (text: string): boolean => {
    const ends = parseEdge(text);
    return ends !== undefined && nodes.has(ends.source) && nodes.has(ends.target);
  };
  const into = (text: string): boolean => nodes.has(parseEdge(text)?.target ?? "");
  const inside = <T>(table: Record<string, T> = {}): Record<string, T> =>
    Object.fromEntries(Object.entries(table).filter(([id]) => nodes.has(id)));
  return {
    format: whole.format,
    name: whole.name,
    nodes: inside(whole.nodes),
    edges: (whole.edges ?? []).filter(into),
    routes: Object.fromEntries(Object.entries(whole.routes ?? {}).filter(([text]) => within(text))),
    layout: inside(whole.layout),
    collapsed: (whole.collapsed ?? []).filter((id) => nodes.has(id)),
    notes: (whole.notes ?? []).filter((note) => note.id && nodes.has(note.id)),
  };
}

/** How far a copy stands from what it doubles, and the frame that it comes into, if that is another one. */
interface Shift {
  by: readonly [number, number];
  frame?: string | null;
}

/**
 * Put a piece into the drawing with its middle at a place, or where it covers no node near it, under
 * fresh ids, by which its expressions name its nodes; it is then selected.
 * With `inbound`, edges that led to it from other nodes lead from those here that are called alike.
 */
export function insertPiece(piece: Document, at: { x: number; y: number } | Shift, inbound = false): void {
  // Where nothing may be changed the draft says so, and nothing of the piece is selected.
  if (!may("edit")) return asStep(() => undefined);
  const names = new Map<string, string>();
  const used = new Set<string>();
  const fresh = (id: string, stem: string): string => {
    const made = newId(stem, (name) => used.has(name));
    used.add(made);
    names.set(id, made);
    return made;
  };
  const places = Object.values(piece.layout ?? {});
  const placed = (piece.notes ?? []).map((note) => ({ ...NOTE_DEFAULTS, ...note }));
  const corners = [...places, ...placed.map((note): [number, number] => [note.x, note.y])];
  const middle = (axis: 0 | 1): number => {
    const values = corners.map((corner) => corner[axis]);
    return values.length ? (Math.min(...values) + Math.max(...values)) / 2 : 0;
  };
  const [dx, dy] =
    "by" in at ? at.by : [snap(at.x - middle(0) - 100), snap(at.y - middle(1) - 28)];
  const nodes = emptyTable<DocumentNode>();
  const layout = emptyTable<[number, number]>();
  const here = "by" in at ? (at.frame ?? null) : frameAt(at.x, at.y);
  // A duplicate stays in the frame of what it doubles; what is pasted comes into the frame at its place.
  const frameFor = ({ frame, kind }: DocumentNode): string =>
    (frame !== undefined && names.get(frame)) ||
    (useDraft.getState().types.get(kind)?.trigger ? "" : (here ?? (frame && framesNow().has(frame) ? frame : "")));
  for (const id of Object.keys(piece.nodes ?? {})) fresh(id, id.replace(/_\d+$/, ""));
  for (const [id, node] of Object.entries(piece.nodes ?? {})) {
    const made = names.get(id) ?? id;
    const { frame: _frame, parameters, settings, ...rest } = node;
    const frame = frameFor(node);
    nodes[made] = {
      ...rest,
      ...(parameters && { parameters: renamedParameters(parameters, useDraft.getState().types.get(node.kind), names) }),
      ...(settings && { settings: renamed(settings as JsonObject, names) as NodeSettings }),
      ...(frame ? { frame } : {}),
    };
    const [x, y] = entryOf(piece.layout, id) ?? [0, 0];
    layout[made] = [x + dx, y + dy];
  }
  const joined = (text: string): EdgeEnds | undefined => {
    const ends = parseEdge(text);
    const source = ends && names.get(ends.source);
    const target = ends && names.get(ends.target);
    return ends && source && target ? { ...ends, source, target } : undefined;
  };
  const fromHere = (text: string): EdgeEnds | undefined => {
    const ends = parseEdge(text);
    const target = ends && names.get(ends.target);
    if (!ends || !target || names.has(ends.source)) return undefined;
    const leads = drawing.ports(ends.source)?.outputs.some((port) => port.name === ends.sourcePort);
    return leads ? { ...ends, target } : undefined;
  };
  const edges = (piece.edges ?? []).flatMap((text) => joined(text) ?? (inbound ? fromHere(text) : undefined) ?? []);
  const routes = Object.fromEntries(
    Object.entries(piece.routes ?? {}).flatMap(([text, { points = [], name = "" }]) => {
      const ends = joined(text);
      const moved = points.map(([x, y]): [number, number] => [x + dx, y + dy]);
      return ends ? [[edgeText(ends), { ...(moved.length ? { points: moved } : {}), ...(name ? { name } : {}) }]] : [];
    }),
  );
  const collapsed = (Array.isArray(piece.collapsed) ? piece.collapsed : []).flatMap((id) => names.get(id) ?? []);
  const notes = placed.map((note) => ({
    ...note,
    id: fresh(note.id ?? "", "note"),
    x: note.x + dx,
    y: note.y + dy,
  }));
  beginStep();
  doc.transact(() => insert(doc, { nodes, edges, layout, collapsed, routes, notes }), LOCAL);
  // What has come has a size only now; it is one step all the same.
  if (!("by" in at)) doc.transact(() => moveFree(new Set(Object.keys(nodes)), notes), LOCAL);
  beginStep();
  const outer = Object.keys(nodes).filter((id) => !((nodes[id]?.frame ?? "") in nodes));
  select([...outer, ...notes.map((note) => note.id)]);
}

/** Move what has come so that it covers no node that was there. */
function moveFree(came: ReadonlySet<string>, notes: readonly { id: string; x: number; y: number }[]): void {
  const holder = (id: string): string => drawing.members().get(id)?.holder ?? "";
  const all = boxes();
  const outer = all.filter(({ id }) => came.has(id) && !came.has(holder(id)));
  const scope = holder(outer[0]?.id ?? "");
  const [dx, dy] = wayFree(outer, all.filter(({ id }) => !came.has(id) && holder(id) === scope));
  if (!dx && !dy) return;
  const { layout } = useDraft.getState();
  const places = [...came].map((id): [string, number, number] => {
    const [x, y] = layout.get(id) ?? [0, 0];
    return [id, x + dx, y + dy];
  });
  moveNodes(doc, [...places, ...notes.map(({ id, x, y }): [string, number, number] => [id, x + dx, y + dy])]);
  // The boxes are those of before the move until its transaction has ended.
  const whole = around(outer);
  if (whole) bringBoxIntoView({ ...whole, x: whole.x + dx, y: whole.y + dy });
}

export function duplicate(): void {
  const piece = selectedPiece();
  if (piece) insertPiece(piece, { by: [40, 40] });
}

/** Put a copy of what is selected this far away: what a drag with Alt ends in. */
export function duplicateTo(by: readonly [number, number], frame: string | null): void {
  const piece = selectedPiece();
  if (piece) insertPiece(piece, { by, frame });
}

/** True when the person works on text, which keeps its own copy and paste. */
export function inText(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.closest("input, textarea, select, .cm-editor") !== null)
  );
}

function onCopy(event: ClipboardEvent, cut: boolean): void {
  if (inText(event.target) || isReading() || !document.getSelection()?.isCollapsed) return;
  const piece = selectedPiece();
  if (!piece || !event.clipboardData) return;
  copied = JSON.stringify(piece, null, 2);
  event.clipboardData.setData("text/plain", copied);
  event.preventDefault();
  if (cut) deleteSelection();
}

function onPaste(event: ClipboardEvent): void {
  if (!inText(event.target)) pasteFrom(event);
}

function pasteFrom(event: ClipboardEvent): void {
  if (isReading()) return;
  const text = event.clipboardData?.getData("text/plain") ?? "";
  if (!text.trim()) return;
  event.preventDefault();
  insertText(text, pointerOnScreen(), shift);
}

/** Put what is on the clipboard where the pointer is; browsers may ask whether the page may read it. */
export function paste(inbound = false): void {
  const at = pointerOnScreen();
  const byKeys = (): void => say(`Press ${keyText(inbound ? "Mod+Shift+V" : "Mod+V")} to paste: this browser does not let pages read the clipboard`, "danger");
  // Pages that came over plain HTTP have no clipboard.
  const read = navigator.clipboard as Clipboard | undefined;
  if (read) read.readText().then((text) => insertText(text, at, inbound), byKeys);
  else byKeys();
}

function insertText(text: string, at: { x: number; y: number }, inbound: boolean): void {
  if (!text.trim()) return say("There is nothing on the clipboard", "danger");
  if (text === copied) return insertPiece(JSON.parse(text) as Document, toFlow(at), inbound);
  if (!PIECE.test(text)) return say("What is on the clipboard is not a piece of a blueprint", "danger");
  const piece = FENCED.exec(text)?.[2] ?? text;
  whenLoaded(() => import("../files/take"), ({ takeText }) => void takeText(piece, at, inbound));
}

/** Listen, for as long as the page is there, to the browser's own copy, cut, paste and drop. */
export function listenToClipboard(): void {
  listenToDrops();
  for (const way of ["keydown", "keyup"] as const) {
    window.addEventListener(way, (event) => (shift = event.shiftKey), true);
  }
  document.addEventListener("copy", (event) => onCopy(event, false));
  document.addEventListener("cut", (event) => onCopy(event, true));
  document.addEventListener("paste", onPaste);
  window.addEventListener("keydown", (event) => {
    if (matches(event, "Mod+Shift+V") && !inText(event.target)) lendField(pasteFrom);
  });
}
