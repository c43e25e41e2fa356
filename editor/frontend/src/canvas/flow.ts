/** From the draft to React Flow's nodes and edges, with sizes and ports given and identities kept. */
import { type Edge, type Node, type NodeHandle, Position } from "@xyflow/react";

import type { DraftEdge, DraftNote } from "../model/draft";
import type { PortPlace, Shape } from "../model/geometry";
import type { PortType } from "../model/types";
import type { Place } from "../store/document";
import type { NodeForm } from "../store/shapes";

export type CardNode = Node<{ form: NodeForm }, "card">;
export type NoteNode = Node<{ note: DraftNote }, "note">;
export type FlowNode = CardNode | NoteNode;
export type FlowEdge = Edge<{ type: PortType; missing: boolean }, "value">;

export const HANDLE = 12;
/** Where a reader of the screen finds what a node's keys do. */
export const KEYS_OF_NODE = "keys-of-node";

function handle(side: "source" | "target", { port, y }: PortPlace, shape: Shape): NodeHandle {
  const right = side === "source";
  return {
    id: port.name,
    type: side,
    position: right ? Position.Right : Position.Left,
    x: (right ? shape.width : 0) - HANDLE / 2,
    y: y - HANDLE / 2,
    width: HANDLE,
    height: HANDLE,
  };
}

function cardNode(form: NodeForm, x: number, y: number, selected: boolean): CardNode {
  const { node, spec, shape } = form;
  const { width, height } = shape;
  return {
    id: node.id,
    type: "card",
    position: { x, y },
    data: { form },
    width,
    height,
    measured: { width, height },
    handles: [
      ...shape.inputs.map((place) => handle("target", place, shape)),
      ...shape.outputs.map((place) => handle("source", place, shape)),
    ],
    selected,
    ariaLabel: `${node.title || spec?.title || node.kind}, ${spec?.title ?? node.kind}`,
    domAttributes: { "aria-describedby": KEYS_OF_NODE },
    zIndex: 1,
  };
}

function noteNode(note: DraftNote, x: number, y: number, selected: boolean): NoteNode {
  const { width, height } = note;
  return {
    id: note.id,
    type: "note",
    position: { x, y },
    data: { note },
    width,
    height,
    measured: { width, height },
    selected,
    ariaLabel: `Note: ${note.text.slice(0, 80)}`,
    zIndex: 0,
    dragHandle: ".note",
  };
}

export interface Drawn {
  forms: ReadonlyMap<string, NodeForm>;
  layout: ReadonlyMap<string, Place>;
  notes: readonly DraftNote[];
  /** Where what is being dragged stands at this moment. */
  moving: ReadonlyMap<string, { x: number; y: number }>;
  selected: ReadonlySet<string>;
}

/** The nodes to draw; one that has not changed is the same object as before. */
export function flowNodes(drawn: Drawn, before: ReadonlyMap<string, FlowNode>): FlowNode[] {
  const { forms, layout, notes, moving, selected } = drawn;
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
    nodes.push(same ? old : noteNode(note, x, y, chosen));
  }
  for (const [id, form] of forms) {
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
    nodes.push(same ? old : cardNode(form, x, y, chosen));
  }
  return nodes;
}

/** The edges to draw; those whose nodes are gone are left out. */
export function flowEdges(
  edges: readonly DraftEdge[],
  forms: ReadonlyMap<string, NodeForm>,
  selected: ReadonlySet<string>,
  before: ReadonlyMap<string, FlowEdge>,
): FlowEdge[] {
  return edges.flatMap((edge) => {
    const source = forms.get(edge.source);
    const target = forms.get(edge.target);
    if (!source || !target) return [];
    const output = source.ports.outputs.find((port) => port.name === edge.sourcePort);
    const input = target.ports.inputs.find((port) => port.name === edge.targetPort);
    const type = output?.type === "any" ? (input?.type ?? "any") : (output?.type ?? "any");
    const missing = Boolean(output?.missing || input?.missing);
    const chosen = selected.has(edge.id);
    const old = before.get(edge.id);
    const same = old?.data?.type === type && old.data.missing === missing && old.selected === chosen;
    if (same && old) return [old];
    const name = (form: NodeForm): string => form.node.title || form.spec?.title || form.node.id;
    return [
      {
        id: edge.id,
        type: "value" as const,
        source: edge.source,
        sourceHandle: edge.sourcePort,
        target: edge.target,
        targetHandle: edge.targetPort,
        data: { type, missing },
        selected: chosen,
        ariaLabel: `Edge from ${name(source)}, ${edge.sourcePort}, to ${name(target)}, ${edge.targetPort}`,
      },
    ];
  });
}
