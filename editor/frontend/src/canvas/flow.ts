/** From the draft to React Flow's nodes and edges, with sizes and ports given and identities kept. */
import { type Edge, type Node, type NodeHandle, type NodeProps, Position } from "@xyflow/react";

import type { DraftEdge, DraftNote } from "../model/draft";
import { edgeKey } from "../api/events";
import { endOf } from "../model/checks";
import { borderReason, drawnEnds, framesAround, heldBy, topmost } from "../model/frames";
import { type Box, HANDLE, type PortPlace, portX } from "../model/geometry";
import { holds } from "../model/slice";
import type { EdgeRoute, PortType } from "../model/types";
import type { Place } from "../store/document";
import type { NodeForm } from "../store/shapes";
import { modHeld } from "./held";

export type CardNode = Node<{ form: NodeForm }, "card">;
export type FrameNode = Node<{ form: NodeForm; empty: boolean; width: number; height: number }, "frame">;
export type NoteNode = Node<{ note: DraftNote }, "note">;
export type FlowNode = CardNode | FrameNode | NoteNode;
export type FlowEdge = Edge<{ type: PortType; missing: boolean; ends?: string; route?: EdgeRoute }, "value">;

/** A card looks the same wherever it stands: as it moves, only the box that React Flow puts it into changes. */
export function looksAlike<P extends Pick<NodeProps, "id" | "data" | "selected">>(one: P, other: P): boolean {
  return one.id === other.id && one.data === other.data && one.selected === other.selected;
}

/** Where a reader of the screen finds what a node's keys do. */
export const KEYS_OF_NODE = "keys-of-node";

/** The chip that says how a node stands in the run. */
export function statusId(node: string): string {
  return `status-of-${node}`;
}

function handle(side: "source" | "target", place: PortPlace, across: number): NodeHandle {
  return {
    id: place.port.name,
    type: side,
    position: side === "source" ? Position.Right : Position.Left,
    x: portX(place, side, across) - HANDLE / 2,
    y: place.y - HANDLE / 2,
    width: HANDLE,
    height: HANDLE,
  };
}

/** What stood here before, as far as it is still so: a card whose data stay the same object is not drawn anew. */
type Before<T extends FlowNode> = T["data"] | undefined;

function cardNode(form: NodeForm, x: number, y: number, selected: boolean, before: Before<CardNode>): CardNode {
  const { width, height } = form.shape;
  const data = before?.form === form ? before : { form };
  return { ...common(form, { x, y, width, height }, selected), type: "card", data, zIndex: 1 };
}

/** What cards and frames have in common. */
function common({ node, spec, shape }: NodeForm, { x, y, width, height }: Box, selected: boolean) {
  return {
    id: node.id,
    position: { x, y },
    width,
    height,
    measured: { width, height },
    handles: [
      ...shape.inputs.map((place) => handle("target", place, width)),
      ...shape.outputs.map((place) => handle("source", place, width)),
    ],
    selected,
    ariaLabel: `${node.title || spec?.title || node.kind}, ${spec?.title ?? node.kind}`,
    domAttributes: { "aria-describedby": `${statusId(node.id)} ${KEYS_OF_NODE}` },
  };
}

/** Below all edges; what lies inside is the canvas, so only its title and its ports take the pointer. */
function frameNode(form: NodeForm, box: Box, empty: boolean, depth: number, selected: boolean, before: Before<FrameNode>): FrameNode {
  const { width, height } = box;
  const same = before?.form === form && before.empty === empty && before.width === width && before.height === height;
  return {
    ...common(form, box, selected),
    type: "frame",
    data: same ? before : { form, empty, width, height },
    dragHandle: ".frame-head",
    style: { pointerEvents: "none" },
    zIndex: depth - 1000,
  };
}

type Moves = ReadonlyMap<string, { x: number; y: number }>;
type Standing = Pick<Drawn, "forms" | "frames" | "layout" | "notes">;

/** What moves, with all that lies wholly on a note that does, unless a key says that it moves alone. */
export function withPaper(moves: Moves, { forms, frames, layout, notes }: Standing): Moves {
  if (modHeld()) return moves;
  const all = new Map(moves);
  const carry = (paper: Box, to: { x: number; y: number }, id: string, box: Box): void => {
    if (!moves.has(id) && holds(paper, box)) all.set(id, { x: box.x + to.x - paper.x, y: box.y + to.y - paper.y });
  };
  for (const paper of notes) {
    const to = moves.get(paper.id);
    if (!to) continue;
    for (const note of notes) carry(paper, to, note.id, note);
    for (const [id, { shape, standIn }] of forms) {
      const [x = 0, y = 0] = layout.get(id) ?? [];
      if (!standIn) carry(paper, to, id, frames.get(id) ?? { x, y, width: shape.width, height: shape.height });
    }
  }
  return all;
}

/** Where what moves stands now, with all that the moving frames hold, and all that lies on the moving notes. */
export function withHeld(moved: Moves, drawn: Standing): Moves {
  const { forms, frames, layout } = drawn;
  const moves = withPaper(moved, drawn);
  if (![...moves.keys()].some((id) => frames.has(id) || forms.get(id)?.collapsed)) return moves;
  const all = new Map(moves);
  for (const frame of topmost(forms, new Set(moves.keys()))) {
    const [x, y] = layout.get(frame) ?? [0, 0];
    const box = frames.get(frame) ?? (forms.get(frame)?.collapsed ? { x, y } : undefined);
    const to = moves.get(frame);
    if (!box || !to) continue;
    for (const id of heldBy(forms, new Set([frame]))) {
      const { x, y } = frames.get(id) ?? { x: layout.get(id)?.[0] ?? 0, y: layout.get(id)?.[1] ?? 0 };
      all.set(id, { x: x + to.x - box.x, y: y + to.y - box.y });
    }
  }
  return all;
}

function noteNode(note: DraftNote, x: number, y: number, selected: boolean, before: Before<NoteNode>): NoteNode {
  const { width, height } = note;
  return {
    id: note.id,
    type: "note",
    position: { x, y },
    data: before?.note === note ? before : { note },
    width,
    height,
    measured: { width, height },
    selected,
    ariaLabel: `Note: ${note.text.slice(0, 80)}`,
    // Beneath the edges, which it would hide where it lies behind the nodes that they join, and beneath the titles of frames.
    zIndex: -2000,
    dragHandle: ".note",
  };
}

export interface Drawn {
  forms: ReadonlyMap<string, NodeForm>;
  layout: ReadonlyMap<string, Place>;
  /** The boxes of all frames, as they are when nothing moves. */
  frames: ReadonlyMap<string, Box>;
  notes: readonly DraftNote[];
  /** Where what is being dragged stands at this moment. */
  moving: ReadonlyMap<string, { x: number; y: number }>;
  selected: ReadonlySet<string>;
}

/** The nodes to draw; one that has not changed is the same object as before. */
export function flowNodes(drawn: Drawn, before: ReadonlyMap<string, FlowNode>): FlowNode[] {
  const { forms, layout, frames, notes, moving, selected } = drawn;
  const filled = frames.size ? new Set([...forms.values()].map((form) => form.holder)) : undefined;
  const nodes: FlowNode[] = [];
  for (const note of notes) {
    const { x, y } = moving.get(note.id) ?? note;
    const old = before.get(note.id);
    const chosen = selected.has(note.id);
    const same =
      old?.type === "note" &&
      old.data.note === note &&
      old.selected === chosen &&
      old.position.x === x &&
      old.position.y === y;
    nodes.push(same ? old : noteNode(note, x, y, chosen, old?.type === "note" ? old.data : undefined));
  }
  for (const [id, still] of frames) {
    const form = forms.get(id);
    if (!form) continue;
    const box = { ...still, ...moving.get(id) };
    const old = before.get(id);
    const chosen = selected.has(id);
    const empty = !filled?.has(id);
    const same =
      old?.type === "frame" &&
      old.data.form === form &&
      old.data.empty === empty &&
      old.selected === chosen &&
      old.position.x === box.x &&
      old.position.y === box.y &&
      old.width === box.width &&
      old.height === box.height;
    nodes.push(same ? old : frameNode(form, box, empty, framesAround(forms, id).length, chosen, old?.type === "frame" ? old.data : undefined));
  }
  for (const [id, form] of forms) {
    if (frames.has(id) || form.standIn) continue;
    const [left, top] = layout.get(id) ?? [0, 0];
    const { x, y } = moving.get(id) ?? { x: left, y: top };
    const old = before.get(id);
    const chosen = selected.has(id);
    const same =
      old?.type === "card" &&
      old.data.form === form &&
      old.selected === chosen &&
      old.position.x === x &&
      old.position.y === y;
    nodes.push(same ? old : cardNode(form, x, y, chosen, old?.type === "card" ? old.data : undefined));
  }
  return nodes;
}

/** The forms of an edge's ends when it was made; outside of all frames nothing else says how it is drawn. */
const endsMade = new WeakMap<FlowEdge, readonly [source: NodeForm, target: NodeForm]>();

/** The edges to draw; those whose nodes are gone are left out. */
export function flowEdges(
  edges: readonly DraftEdge[],
  forms: ReadonlyMap<string, NodeForm>,
  routes: ReadonlyMap<string, EdgeRoute>,
  selected: ReadonlySet<string>,
  before: ReadonlyMap<string, FlowEdge>,
): FlowEdge[] {
  return edges.flatMap((edge) => {
    const source = forms.get(edge.source);
    const target = forms.get(edge.target);
    const old = before.get(edge.id);
    const chosen = selected.has(edge.id);
    const route = routes.get(edge.id);
    const [from, to] = (old && endsMade.get(old)) ?? [];
    const still = from && from === source && !from.holder && to === target && !to?.holder;
    if (old && still && old.selected === chosen && old.data?.route === route) return [old];
    const ends = drawnEnds(edge, (id) => forms.get(id));
    if (!source || !target || !ends) return [];
    const output = source.ports.outputs.find((port) => port.name === edge.sourcePort);
    const input = target.ports.inputs.find((port) => port.name === edge.targetPort);
    const type = output?.type === "any" ? (input?.type ?? "any") : (output?.type ?? "any");
    const crosses =
      output && input && borderReason(forms, endOf(edge.source, output), endOf(edge.target, input)) !== null;
    const missing = Boolean(output?.missing || input?.missing || crosses);
    const placed = old?.source === ends.source && old.target === ends.target && old.sourceHandle === ends.sourcePort && old.targetHandle === ends.targetPort;
    const same = placed && old.data?.route === route && old.data?.type === type && old.data.missing === missing && old.selected === chosen;
    if (same && old) {
      endsMade.set(old, [source, target]);
      return [old];
    }
    const name = (form: NodeForm): string => form.node.title || form.spec?.title || form.node.id;
    const made: FlowEdge = {
      id: edge.id,
      type: "value",
      source: ends.source,
      sourceHandle: ends.sourcePort,
      target: ends.target,
      targetHandle: ends.targetPort,
      // At the end of a frame the run tells of what was given, not of the port that it came to.
      data: { type, missing, ...(route ? { route } : {}), ...(input?.inner ? { ends: edgeKey(edge.source, edge.sourcePort, edge.target, "") } : {}) },
      selected: chosen,
      ariaLabel: `Edge from ${name(source)}, ${edge.sourcePort}, to ${name(target)}, ${edge.targetPort}`,
    };
    endsMade.set(made, [source, target]);
    return [made];
  });
}
