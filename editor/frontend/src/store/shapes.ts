/** Ports and shape of every node, computed when the drawing changes and kept for those that did not. */
import type { Drawing } from "../model/checks";
import { type DraftEdge, type DraftNode, maps } from "../model/draft";
import { type Box, type Shape, shapeOf } from "../model/geometry";
import { edgeNames, type Ports, portsOf } from "../model/ports";
import type { NodeSpec } from "../model/types";
import { doc, useDraft } from "./document";

export interface NodeForm {
  node: DraftNode;
  spec: NodeSpec | undefined;
  ports: Ports;
  shape: Shape;
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
  const next = new Map<string, NodeForm>();
  const keys = new Map<string, string>();
  for (const node of nodes) {
    const spec = types.get(node.kind);
    const ports = portsOf(node, spec, names.get(node.id));
    const key = portKey(ports);
    const before = kept?.forms.get(node.id);
    const same = before?.node === node && before.spec === spec && kept?.keys.get(node.id) === key;
    next.set(node.id, before && same ? before : { node, spec, ports, shape: shapeOf(ports) });
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
};

/** Where each node stands, with its size. */
export function boxes(only?: ReadonlySet<string>): (Box & { id: string })[] {
  const { layout } = useDraft.getState();
  return [...forms().values()].flatMap(({ node, shape }) => {
    if (only && !only.has(node.id)) return [];
    const [x, y] = layout.get(node.id) ?? [0, 0];
    return [{ id: node.id, x, y, width: shape.width, height: shape.height }];
  });
}

/** The node that covers a point of the drawing; the one drawn last where several do. */
export function nodeAt(x: number, y: number): string | undefined {
  return boxes().findLast(
    (box) => x >= box.x && x <= box.x + box.width && y >= box.y && y <= box.y + box.height,
  )?.id;
}
