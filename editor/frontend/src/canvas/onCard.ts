/** An edge that is let go on a card beside its ports: which of them takes it. */
import type { Handle } from "@xyflow/react";

import { edgeReason } from "../model/checks";
import { type Join, joinsOf } from "../model/joins";
import { useDraft } from "../store/document";
import { boxes, drawing, framesNow, nodeAt } from "../store/shapes";

/** What an edge would do that is let go on a card, beside its ports. */
export interface OnCard {
  node: string;
  /** The first port that takes it, if need be by a converter. */
  join?: Join;
  /** Why none does. */
  reason: string;
}

/** For the edge that is drawn from a port to a place of the drawing; undefined where no other card is there. */
export function onCard({ nodeId, type, id }: Handle, at: { x: number; y: number }): OnCard | undefined {
  const node = nodeAt(at.x, at.y);
  if (node === undefined || node === nodeId || framesNow().has(node)) return undefined;
  const forth = type === "source";
  const ports = drawing.ports(nodeId);
  const port = (forth ? ports?.outputs : ports?.inputs)?.find(({ name }) => name === id);
  if (!port) return undefined;
  const own = { side: forth ? ("output" as const) : ("input" as const), port };
  const all = joinsOf(drawing, nodeId, own, boxes(new Set([node])), [...useDraft.getState().types.values()]);
  const join = all.find(({ joined }) => !joined);
  if (join) return { node, join, reason: "" };
  const theirs = drawing.ports(node);
  const first = (forth ? theirs?.inputs : theirs?.outputs)?.[0]?.name;
  if (first === undefined) return { node, reason: `${node} has no ${forth ? "input" : "output"}` };
  const ends = forth
    ? { source: nodeId, sourcePort: port.name, target: node, targetPort: first }
    : { source: node, sourcePort: first, target: nodeId, targetPort: port.name };
  return { node, reason: edgeReason(drawing, ends) ?? "Both are joined already" };
}
