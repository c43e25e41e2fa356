/** Ports and shape of every node, computed when the drawing changes and kept for those that did not. */
import type { Drawing } from "../model/checks";
import { type DraftEdge, type DraftNode, maps } from "../model/draft";
import { frameBoxes, framesAround, holdersOf, type Members, standIns } from "../model/frames";
import { type Box, type FrameShape, shapeFor } from "../model/geometry";
import { type EdgeNames, edgeNames, type Ports, portsOf } from "../model/ports";
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
  /** A frame that is drawn as a card, without what it holds. */
  collapsed: boolean;
  /** The collapsed frame that is drawn in its place; "" where it is drawn itself. */
  standIn: string;
}

interface Kept {
  nodes: readonly DraftNode[];
  edges: readonly DraftEdge[];
  types: ReadonlyMap<string, NodeSpec>;
  collapsed: ReadonlySet<string>;
  opened: ReadonlySet<string>;
  names: ReadonlyMap<string, EdgeNames>;
  forms: ReadonlyMap<string, NodeForm>;
}

let kept: Kept | undefined;

function portKey(ports: Ports): string {
  const key = (side: Ports["inputs"]): string =>
    side.map((port) => `${port.name}:${port.type}${port.missing ? "!" : ""}`).join(",");
  return `${key(ports.inputs)}|${key(ports.outputs)}`;
}

function alike(one: EdgeNames | undefined, other: EdgeNames | undefined): boolean {
  const within = (some: ReadonlySet<string> = new Set(), all: ReadonlySet<string> = new Set()): boolean =>
    some.size === all.size && [...some].every((name) => all.has(name));
  return one === other || (within(one?.inputs, other?.inputs) && within(one?.outputs, other?.outputs));
}

/** The forms of all nodes; a form keeps its identity while node, type, ports and what is collapsed stay. */
export function forms(): ReadonlyMap<string, NodeForm> {
  const { nodes, edges, types, collapsed, opened } = useDraft.getState();
  const same = kept?.nodes === nodes && kept.edges === edges && kept.types === types;
  if (kept && same && kept.collapsed === collapsed && kept.opened === opened) return kept.forms;
  const names = kept?.edges === edges ? kept.names : edgeNames(edges);
  const frames = new Set(nodes.flatMap((node) => (types.get(node.kind)?.begins?.length ? [node.id] : [])));
  const holders = frames.size ? holdersOf(nodes, (id) => frames.has(id)) : undefined;
  const shut = new Set([...collapsed].filter((id) => frames.has(id) && !opened.has(id)));
  const members = shut.size && new Map(nodes.map(({ id }) => [id, { holder: holders?.get(id) ?? "" }]));
  const instead = members ? standIns(members, shut) : undefined;
  const next = new Map<string, NodeForm>();
  for (const node of nodes) {
    const { id } = node;
    const spec = types.get(node.kind);
    const holder = holders?.get(id) ?? "";
    const standIn = instead?.get(id) ?? "";
    const collapsed = shut.has(id);
    const before = kept?.forms.get(id);
    const same = before?.node === node && before.spec === spec ? before : undefined;
    const ports = same && alike(kept?.names.get(id), names.get(id)) ? same.ports : portsOf(node, spec, names.get(id));
    const unchanged =
      same?.holder === holder &&
      same.standIn === standIn &&
      same.collapsed === collapsed &&
      (same.ports === ports || portKey(same.ports) === portKey(ports));
    next.set(id, unchanged ? same : { node, spec, ports, holder, standIn, collapsed, shape: shapeFor(ports, frames.has(id), collapsed) });
  }
  kept = { nodes, edges, types, collapsed, opened, names, forms: next };
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

/** The boxes of all frames that are drawn as such. */
export function framesNow(): ReadonlyMap<string, Box> {
  const { layout } = useDraft.getState();
  const now = forms();
  if (keptBoxes?.forms !== now || keptBoxes.layout !== layout) {
    const found = frameBoxes(now, (id) => layout.get(id) ?? [0, 0]);
    const drawn = [...found].filter(([id]) => !now.get(id)?.standIn);
    keptBoxes = { forms: now, layout, boxes: drawn.length === found.size ? found : new Map(drawn) };
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

/** Where a node stands, whether it is drawn or not. */
export function placeOf(id: string): readonly [x: number, y: number] {
  const box = framesNow().get(id);
  return box ? [box.x, box.y] : (useDraft.getState().layout.get(id) ?? [0, 0]);
}

/** Where each node that is drawn stands, with its size; frames first, the outer ones before those that they hold. */
export function boxes(only?: ReadonlySet<string>): (Box & { id: string; frame?: boolean })[] {
  const { layout } = useDraft.getState();
  const frames = framesNow();
  const now = forms();
  const depth = (id: string): number => framesAround(now, id).length;
  const outer = [...frames.keys()].sort((one, other) => depth(one) - depth(other));
  const cards = [...now.values()].flatMap(({ node, shape, standIn }) => {
    if (standIn || frames.has(node.id) || (only && !only.has(node.id))) return [];
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
