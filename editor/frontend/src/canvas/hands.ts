/** What hands do to the drawing: join, drag and drop. Loaded beside the canvas, which needs none of it to be drawn. */
import type { FinalConnectionState, Handle } from "@xyflow/react";

import { edgeReason } from "../model/checks";
import { replaceEdge } from "../model/draft";
import type { EdgeEnds } from "../model/edges";
import { asStep, doc, useDraft } from "../store/document";
import { drawing, forms, framesNow } from "../store/shapes";
import { aimAt, aimAtFrame, openQuickAdd, say, useUi } from "../store/ui";
import { reasonOf, refusedEnds } from "./connecting";
import { offers } from "./convert";
import { dragged } from "./drag";
import { addNode, aimNew, aimNode, isJoined, join, place } from "./edit";
import { type FlowNode, withPaper } from "./flow";
import { aimFrame, aimFrameForNew } from "./frames";
import { altHeld } from "./held";
import { onCard } from "./onCard";
import { toFlow } from "./view";

function pointOf(event: MouseEvent | TouchEvent): { x: number; y: number } {
  const point = "changedTouches" in event ? event.changedTouches[0] : event;
  return { x: point?.clientX ?? 0, y: point?.clientY ?? 0 };
}

export { join, tidyUp } from "./edit";

/** Say why an edge may not end where it was let go; where a node converts between both, offer it. */
export function sayWhyNot(event: MouseEvent | TouchEvent, state: FinalConnectionState, replaced?: string): void {
  const reason = state.isValid ? null : reasonOf(state);
  if (!reason) return;
  const ends = refusedEnds(state);
  if (ends && offers(ends).length) useUi.setState({ offer: { ...pointOf(event), reason, ends, ...(replaced ? { replaced } : {}) } });
  else say(reason, "danger");
}

/** Give the edges of a port to another of the same side, all or none; whether the port had any. */
function moveEdges({ type: side, nodeId, id }: Handle, to: Handle): boolean {
  const moves = useDraft.getState().edges.flatMap((edge): [string, EdgeEnds][] => {
    if (edge[side] !== nodeId || edge[`${side}Port`] !== id) return [];
    return [[edge.id, { ...edge, [side]: to.nodeId, [`${side}Port`]: to.id ?? "" }]];
  });
  const reason = moves.map(([, ends]) => edgeReason(drawing, ends)).find((why) => why !== null);
  if (reason) say(reason, "danger");
  else if (moves.length) {
    asStep(() => moves.forEach(([edge, ends]) => replaceEdge(doc, edge, ends)));
    say(moves.length === 1 ? "1 edge was moved" : `${moves.length} edges were moved`);
  }
  return moves.length > 0;
}

/** An edge let go over nothing opens the list of nodes that fit; on a card it goes to the port that takes it; over a wrong port, says why. */
export function endConnecting(event: MouseEvent | TouchEvent, state: FinalConnectionState): void {
  const { fromHandle, fromNode, toHandle } = state;
  if (state.isValid || !fromHandle || !fromNode) return;
  if (toHandle) {
    const alike = toHandle.type === fromHandle.type && !(toHandle.nodeId === fromHandle.nodeId && toHandle.id === fromHandle.id);
    if (alike && (event.ctrlKey || event.metaKey) && moveEdges(fromHandle, toHandle)) return;
    sayWhyNot(event, state);
    return;
  }
  const at = pointOf(event);
  const card = onCard(fromHandle, toFlow(at));
  if (card?.join?.by) useUi.setState({ offer: { ...at, reason: edgeReason(drawing, card.join.ends) ?? "", ends: card.join.ends } });
  else if (card?.join) join(card.join.ends);
  else if (card) say(card.reason, "danger");
  if (card) return;
  const side = fromHandle.type === "source" ? "output" : "input";
  const ports = drawing.ports(fromNode.id);
  const port = ports?.[side === "output" ? "outputs" : "inputs"].find((p) => p.name === fromHandle.id);
  if (port) openQuickAdd({ ...at, from: { node: fromNode.id, side, port } });
}

/** The edge under a point of the screen, into which a node may be put. */
function edgeAt(x: number, y: number): string | undefined {
  for (const element of document.elementsFromPoint(x, y)) {
    const edge = element.closest(".react-flow__edge");
    if (edge) return edge.getAttribute("data-id") ?? undefined;
  }
  return undefined;
}

/** Put a new node of a kind where it is dropped, and into the edge that was marked for it. */
export function drop(kind: string, at: { x: number; y: number }): void {
  const { aimed: onEdge } = useUi.getState();
  leave();
  addNode(kind, { ...toFlow(at), ...(onEdge ? { onEdge } : {}) });
}

/** Mark the edge and the frame into which the node that is dragged here would come. */
export function aimDragged({ x, y }: { x: number; y: number }): void {
  aimNew(dragged.kind, edgeAt(x, y));
  aimFrameForNew(useDraft.getState().types.get(dragged.kind), toFlow({ x, y }));
}

function edgeUnder(held: Element, x: number, y: number): string | undefined {
  const box = held.closest(".react-flow__node")?.getBoundingClientRect();
  return edgeAt(x, y) ?? (box && edgeAt(box.left + box.width / 2, box.top + box.height / 2));
}

/** A node dragged onto an edge, by its middle or by where it is held, may be put into it. */
export function aimMoved(event: MouseEvent | TouchEvent, id: string, all: readonly Pick<FlowNode, "id" | "position">[]): void {
  const { x, y } = pointOf(event);
  aimNode(id, all.length === 1 && forms().has(id) && !isJoined(id) ? edgeUnder(event.target as Element, x, y) : undefined);
  // Where the canvas is on the screen is not asked for nothing: with each move the page would be laid out for it.
  const frames = framesNow();
  if (!frames.size) return;
  const { layout, notes } = useDraft.getState();
  const moved = withPaper(new Map(all.map((one) => [one.id, one.position])), { forms: forms(), frames, layout, notes });
  aimFrame([...moved.keys()], toFlow({ x, y }));
}

/** What is dragged has left the canvas. */
export function leave(): void {
  aimAt(null);
  aimAtFrame(null);
}

/** Put what was dragged at its places; with Alt, a copy of it. */
export function letGo(moved: ReadonlyMap<string, { x: number; y: number }>): void {
  if (altHeld()) copy(moved);
  else place([...moved].map(([id, { x, y }]) => [id, x, y]));
}

/** With Alt a drag leaves what it took where it was, and puts a copy where it ended. */
function copy(moved: ReadonlyMap<string, { x: number; y: number }>): void {
  const [[id, to] = []] = moved;
  const { layout, notes } = useDraft.getState();
  const { aimedFrame } = useUi.getState();
  leave();
  if (id === undefined || !to) return;
  const note = notes.find((each) => each.id === id);
  const { x, y } = framesNow().get(id) ?? note ?? { x: layout.get(id)?.[0] ?? 0, y: layout.get(id)?.[1] ?? 0 };
  void import("./clipboard").then(({ duplicateTo }) => duplicateTo([to.x - x, to.y - y], aimedFrame));
}
