/** Ports and shape of every node, computed when the drawing changes and kept for those that did not. */
import type { Drawing } from "../model/checks";
import { type DraftEdge, type DraftNode, maps } from "../model/draft";
import { frameBoxes, framesAround, holdersOf, type Members } from "../model/frames";
import { type Box, frameShapeOf, type FrameShape, shapeOf } from "../model/geometry";
import { edgeNames, type Ports, portsOf } from "../model/ports";
import type { NodeSpec } from "../model/types";
import { doc, useDraft } from "./document";

export interface NodeForm {
  node: DraftNode;
  spec: NodeSpec | undefined;
  ports: Ports;
  /** Of a frame: its shape while it is empty. */
  shape: FrameShape;
  /** The frame that holds it; "" where none does. */
  holder: string;
}

interface Kept {
  nodes: readonly DraftNode[];
  edges: readonly DraftEdge[];
  types: ReadonlyMap<string, NodeSpec>;
  forms: ReadonlyMap<string, NodeForm>;
  keys: ReadonlyMap<string, string>;
}

let kept: Kept | undefined;

function portKey(ports: Ports): string {
  const key = (side: Ports["inputs"]): string =>
    side.map((port) => `${port.name}:${port.type}${port.missing ? "!" : ""}`).join(",");
  return `${key(ports.inputs)}|${key(ports.outputs)}`;
}

/** The forms of all nodes; a form keeps its identity while node, type and ports stay. */
export function forms(): ReadonlyMap<string, NodeForm> {
  const { nodes, edges, types } = useDraft.getState();
  if (kept && kept.nodes === nodes && kept.edges === edges && kept.types === types) {
    return kept.forms;
  }
  const names = edgeNames(edges);
  const frames = new Set(nodes.flatMap((node) => (types.get(node.kind)?.begins?.length ? [node.id] : [])));
  const holders = frames.size ? holdersOf(nodes, (id) => frames.has(id)) : undefined;
  const next = new Map<string, NodeForm>();
  const keys = new Map<string, string>();
  for (const node of nodes) {
    const spec = types.get(node.kind);
    const ports = portsOf(node, spec, names.get(node.id));
    const holder = holders?.get(node.id) ?? "";
    const key = portKey(ports) + (holder && `@${holder}`);
    const before = kept?.forms.get(node.id);
    const same = before?.node === node && before.spec === spec && kept?.keys.get(node.id) === key;
    next.set(node.id, before && same ? before : { node, spec, ports, holder, shape: frames.has(node.id) ? frameShapeOf(ports) : shapeOf(ports) });
    keys.set(node.id, key);
  }
  kept = { nodes, edges, types, forms: next, keys };
  return next;
}

export function useForms(): ReadonlyMap<string, NodeForm> {
  return useDraft(forms);
}

/** What checks ask of the drawing. */
export const drawing: Drawing = {
  ports: (node) => forms().get(node)?.ports,
  hasEdge: (id) => maps(doc).edges.has(id),
  members: () => forms() as Members,
};

let keptBoxes: { forms: ReadonlyMap<string, NodeForm>; layout: unknown; boxes: ReadonlyMap<string, Box> } | undefined;

/** The boxes of all frames. */
export function framesNow(): ReadonlyMap<string, Box> {
  const { layout } = useDraft.getState();
  const now = forms();
  if (keptBoxes?.forms !== now || keptBoxes.layout !== layout) {
    const found = frameBoxes(now, (id) => layout.get(id) ?? [0, 0]);
    keptBoxes = { forms: now, layout, boxes: found };
  }
  return keptBoxes.boxes;
}

/** The innermost frame at a point of the drawing that is none of these and in none of these. */
export function frameAt(x: number, y: number, but: ReadonlySet<string> = new Set()): string {
  const now = forms();
  let found = "";
  let depth = -1;
  for (const [id, box] of framesNow()) {
    if (x < box.x || x > box.x + box.width || y < box.y || y > box.y + box.height) continue;
    const outer = framesAround(now, id);
    if (outer.length > depth && ![id, ...outer].some((one) => but.has(one))) [found, depth] = [id, outer.length];
  }
  return found;
}

/** Where each node stands, with its size; frames first, the outer ones before those that they hold. */
export function boxes(only?: ReadonlySet<string>): (Box & { id: string; frame?: boolean })[] {
  const { layout } = useDraft.getState();
  const frames = framesNow();
  const now = forms();
  const depth = (id: string): number => framesAround(now, id).length;
  const outer = [...frames.keys()].sort((one, other) => depth(one) - depth(other));
  const cards = [...now.values()].flatMap(({ node, shape }) => {
    if (frames.has(node.id) || (only && !only.has(node.id))) return [];
    const [x, y] = layout.get(node.id) ?? [0, 0];
    return [{ id: node.id, x, y, width: shape.width, height: shape.height }];
  });
  const held = outer.flatMap((id) => {
    const box = frames.get(id);
    return box && (!only || only.has(id)) ? [{ id, ...box, frame: true }] : [];
  });
  return [...held, ...cards];
}

/** The node that covers a point of the drawing; the one drawn last where several do. */
export function nodeAt(x: number, y: number): string | undefined {
  return boxes().findLast(
    (box) => x >= box.x && x <= box.x + box.width && y >= box.y && y <= box.y + box.height,
  )?.id;
}
