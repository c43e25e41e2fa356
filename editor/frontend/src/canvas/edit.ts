/** What people do to the drawing: add, join, delete, copy, move; each is one undo step. */
import { paperAround } from "../model/behind";
import { edgeReason, matchingPort } from "../model/checks";
import {
  addEdge,
  type Insertion,
  insert,
  maps,
  moveNodes,
  remove,
  replaceEdge,
  setIdle,
} from "../model/draft";
import { type EdgeEnds, parseEdge } from "../model/edges";
import { heldBy, slotOf } from "../model/frames";
import { around, freePlace, frameShapeOf, HEADER_HEIGHT, NODE_WIDTH, shapeOf, snap } from "../model/geometry";
import { portsOf } from "../model/ports";
import type { NodeSpec } from "../model/types";
import { asStep, doc, newId, useDraft } from "../store/document";
import { select, useSelection } from "../store/selection";
import { boxes, drawing, forms, framesNow, placeOf } from "../store/shapes";
import { moveWithNotes, roomIn } from "./aside";
import { anchor, frameForNew, reframe, wrap } from "./frames";
import { countUse } from "../store/used";
import { aimAt, aimAtFrame, type QuickAdd, say, setWriting, useUi } from "../store/ui";
import { bringIntoView, placeKeeper } from "./view";

const all = maps(doc);

/** Join two ports, or say why that can't be. */
export function join(ends: EdgeEnds, replaced?: string): boolean {
  const reason = edgeReason(drawing, ends);
  if (reason) {
    say(reason, "danger");
    return false;
  }
  asStep(() => (replaced ? replaceEdge(doc, replaced, ends) : addEdge(doc, ends)));
  return true;
}

/** Take one edge away. */
export function part(edge: string): boolean {
  asStep(() => remove(doc, { edges: [edge] }));
  return true;
}

function edgesTo(id: string, spec: NodeSpec, from: NonNullable<QuickAdd["from"]>): EdgeEnds[] {
  const port = matchingPort(spec, from);
  if (!port) return [];
  return from.side === "output"
    ? [{ source: from.node, sourcePort: from.port.name, target: id, targetPort: port.name }]
    : [{ source: id, sourcePort: port.name, target: from.node, targetPort: from.port.name }];
}

interface Splice {
  ends: EdgeEnds;
  /** The port at which the edge enters the node. */
  entry: string;
  change: Pick<Insertion, "edges" | "removeEdges">;
}

/** What puts a node into an edge, or undefined where its ports do not fit both ends. */
function splice(id: string, spec: NodeSpec, edge: string): Splice | undefined {
  const ends = parseEdge(edge);
  const output = ends && drawing.ports(ends.source)?.outputs.find((p) => p.name === ends.sourcePort);
  const input = ends && drawing.ports(ends.target)?.inputs.find((p) => p.name === ends.targetPort);
  const entry = output && matchingPort(spec, { side: "output", port: output });
  const exit = input && matchingPort(spec, { side: "input", port: input });
  if (!ends || !entry || !exit) return undefined;
  const edges = [
    { ...ends, target: id, targetPort: entry.name, instead: edge },
    { ...ends, source: id, sourcePort: exit.name, instead: edge },
  ];
  return { ends, entry: entry.name, change: { removeEdges: [edge], edges } };
}

/** Mark the edge under the pointer, if a new node of this kind fits into it. */
export function aimNew(kind: string, edge: string | undefined): void {
  const spec = useDraft.getState().types.get(kind);
  aimAt(edge && spec && fitsInto(spec, edge) ? edge : null);
}

/** Whether a new node of this kind can be put into an edge. */
export function fitsInto(spec: NodeSpec, edge: string): boolean {
  return splice("new", spec, edge) !== undefined;
}

/** Whether any edge begins or ends at a node. */
export function isJoined(id: string): boolean {
  return useDraft.getState().edges.some(({ source, target }) => source === id || target === id);
}

/** Mark the edge into which a node that has no edges yet would be put when it is let go. */
export function aimNode(id: string, edge: string | undefined): void {
  const spec = forms().get(id)?.spec;
  aimAt(edge && spec && splice(id, spec, edge) ? edge : null);
}

export interface Adding {
  /** The middle of the node's left side (or of the node, when nothing is joined to it). */
  x: number;
  y: number;
  from?: QuickAdd["from"];
  onEdge?: string;
}

/** Add a node of a kind, joined to what asked for it, and select it. */
export function addNode(kind: string, { x, y, from, onEdge }: Adding): string | undefined {
  const spec = useDraft.getState().types.get(kind);
  if (!spec) return undefined;
  const id = newId(kind);
  const empty = { id, kind, title: "", parameters: {}, promoted: [], settings: {}, frame: "", pin: null };
  const shape = (spec.begins.length ? frameShapeOf : shapeOf)(portsOf(empty, spec));
  const frame = frameForNew(spec, { x, y }, from);
  const left = from ? (from.side === "output" ? x : x - NODE_WIDTH) : x - NODE_WIDTH / 2;
  const wanted = {
    x: snap(left),
    y: snap(y - HEADER_HEIGHT / 2),
    width: shape.width,
    height: shape.height,
  };
  const siblings = boxes().filter((box) => drawing.members().get(box.id)?.holder === frame);
  const into = onEdge === undefined ? undefined : splice(id, spec, onEdge);
  const room = into && roomIn(into.ends, { id, at: wanted, shape, frame, entry: into.entry });
  const place = room ? undefined : (slotIn(frame, siblings) ?? freePlace(wanted, siblings));
  asStep(() => {
    if (room) moveWithNotes(room);
    insert(doc, {
      nodes: { [id]: { kind, ...(frame ? { frame } : {}) } },
      layout: { [id]: place ? [place.x, place.y] : [...(room?.get(id) ?? [wanted.x, wanted.y])] },
      ...(from ? { edges: edgesTo(id, spec, from) } : {}),
      ...into?.change,
    });
  });
  select([id]);
  countUse(kind);
  return id;
}

/** Put a new frame around the selected nodes. */
export function wrapSelection(kind: string): void {
  wrap(kind, newId(kind));
}

/** Where the first node of a frame stands; undefined where it is not the first, or there is no frame. */
function slotIn(frame: string, siblings: readonly unknown[]): { x: number; y: number } | undefined {
  const box = framesNow().get(frame);
  const shape = forms().get(frame)?.shape;
  if (siblings.length || !box || !shape) return undefined;
  const [dx, dy] = slotOf(shape);
  return { x: box.x + dx, y: box.y + dy };
}

/** Add a note around what is selected, ready to be written; where nothing is, at a place. */
export function addNoteAround(at: { x: number; y: number }): void {
  const chosen = useSelection.getState().nodes;
  const box = around([...boxes(chosen), ...useDraft.getState().notes.filter(({ id }) => chosen.has(id))]);
  if (!box) return addNote(at);
  const { width, height, ...corner } = paperAround(box);
  addNote(corner, { width, height });
}

/** Add a note at a place, ready to be written. */
export function addNote(at: { x: number; y: number }, size = { width: 240, height: 120 }): void {
  const id = newId("note");
  const note = { id, text: "", x: snap(at.x), y: snap(at.y), ...size };
  asStep(() => insert(doc, { nodes: {}, layout: {}, notes: [{ ...note, color: "yellow" }] }));
  select([id]);
  setWriting(id);
  bringIntoView(id);
}

/** Delete what is selected; what a frame holds goes with it. */
export function deleteSelection(): void {
  const { nodes, edges } = useSelection.getState();
  if (!nodes.size && !edges.size) return;
  const notes = [...nodes].filter((id) => all.notes.has(id));
  const gone = new Set([...nodes, ...heldBy(drawing.members(), nodes)]);
  asStep(() => {
    anchor(gone);
    remove(doc, { nodes: gone, edges, notes });
  });
  select([]);
}

export function selectAll(): void {
  const { nodes, notes, edges } = useDraft.getState();
  select(
    [...nodes.filter(({ id }) => !forms().get(id)?.standIn), ...notes].map((each) => each.id),
    edges.map((edge) => edge.id),
  );
}

/** Move what is selected; repeated nudges make one undo step. */
export function nudge(x: number, y: number): void {
  const { notes } = useDraft.getState();
  const { nodes: chosen } = useSelection.getState();
  const nodes = new Set([...chosen, ...heldBy(drawing.members(), chosen)]);
  moveNodes(doc, [
    ...[...nodes].flatMap((id): [string, number, number][] => {
      const [left, top] = placeOf(id);
      return all.nodes.has(id) ? [[id, left + x, top + y]] : [];
    }),
    ...notes
      .filter((note) => nodes.has(note.id))
      .map((note): [string, number, number] => [note.id, note.x + x, note.y + y]),
  ]);
}

/** Finish a drag: everything that was moved gets its new place, its frame, and a lone node its marked edge. */
export function place(places: readonly [string, number, number][]): void {
  const { aimed, aimedFrame } = useUi.getState();
  const [id = "", x = 0, y = 0] = places[0] ?? [];
  const form = forms().get(id);
  const into = form?.spec && aimed ? splice(id, form.spec, aimed) : undefined;
  asStep(() => {
    if (aimedFrame === null) moveNodes(doc, places);
    else reframe(places, aimedFrame);
    if (!into || !form) return;
    const frame = aimedFrame ?? form.holder;
    moveWithNotes(roomIn(into.ends, { id, at: { x, y }, shape: form.shape, frame, entry: into.entry }));
    insert(doc, { nodes: {}, layout: {}, ...into.change });
  });
  aimAt(null);
  aimAtFrame(null);
}

/** Lay out the selected nodes, or all of them, anew. */
export async function tidyUp(): Promise<void> {
  const chosen = new Set([...useSelection.getState().nodes].filter((id) => all.nodes.has(id)));
  const held = heldBy(forms(), chosen);
  const some = chosen.size + held.size > 1 ? new Set([...chosen, ...held]) : new Set(forms().keys());
  const { layout, edges } = useDraft.getState();
  const { tidyBeside } = await import("./tidying");
  const places = await tidyBeside(forms(), layout, edges, some);
  // What was deleted meanwhile has no place any more.
  const there = new Map([...places].filter(([id]) => all.nodes.has(id)));
  const keepInView = placeKeeper(new Set(there.keys()));
  asStep(() => moveWithNotes(there));
  keepInView();
}

/** Switch the selected nodes off or have them bypassed, or run again when all are so; a node is one or the other. */
export function toggleIdle(how: "disabled" | "bypass"): void {
  const chosen = [...useSelection.getState().nodes].flatMap((id) => {
    const node = useDraft.getState().nodesById.get(id);
    const passes = how === "disabled" || !forms().get(id)?.spec?.trigger;
    return node && passes ? [node] : [];
  });
  const idle = chosen.some((node) => !node.settings[how]);
  asStep(() => setIdle(doc, chosen.map((node) => node.id), how, idle));
}
