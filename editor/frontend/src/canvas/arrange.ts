/** What is selected is put in line, or grows along the edges. */
import { align, type Axis, distribute, type Moves, type Side, straighten } from "../model/align";
import { moveNodes } from "../model/draft";
import { heldBy, topmost } from "../model/frames";
import type { Box } from "../model/geometry";
import type { Placed } from "../model/gap";
import { type Direction, neighbour } from "../model/neighbour";
import { reached, type Way } from "../model/walk";
import { asStep, doc, useDraft } from "../store/document";
import { select, useSelection } from "../store/selection";
import { boxes, drawing, forms, placeOf } from "../store/shapes";
import { inside } from "./aside";
import { bringIntoView } from "./view";

/** The one selected node, with those that stand in the same frame. */
function theOne(): [Placed, Placed[]] | undefined {
  const [id, ...more] = useSelection.getState().nodes;
  const members = drawing.members();
  if (id === undefined || more.length || !members.has(id)) return undefined;
  const all = boxes().filter((other) => members.get(other.id)?.holder === members.get(id)?.holder);
  const own = all.find((box) => box.id === id);
  return own && [own, all];
}

export const canWalk = (): boolean => theOne() !== undefined;

/** Select the node beside the selected one in its place, and have the keys on it where they were on that. */
export function walk(way: Direction): void {
  const found = theOne();
  if (!found) return;
  const [own, all] = found;
  const next = neighbour(own, all, inside(drawing.members().get(own.id)?.holder ?? ""), way);
  if (next === undefined) return;
  const onNode = document.activeElement?.matches(".react-flow__node");
  select([next]);
  bringIntoView(next);
  if (onNode) document.querySelector<HTMLElement>(`.react-flow__node[data-id="${CSS.escape(next)}"]`)?.focus({ preventScroll: true });
}

/** Select what lies that way of what is selected, too. */
export function selectAlong(way: Way): void {
  const { nodes } = useSelection.getState();
  select(reached(useDraft.getState().edges, nodes, way));
}

/** The boxes of what is selected and can be moved by itself; what a selected frame holds goes with it. */
function selected(): (Box & { id: string })[] {
  const { nodes } = useSelection.getState();
  const members = drawing.members();
  const tops = topmost(members, new Set([...nodes].filter((id) => members.has(id))));
  const notes = useDraft.getState().notes.filter((note) => nodes.has(note.id));
  return [...(tops.length ? boxes(new Set(tops)) : []), ...notes];
}

export function arrangeable(count: number): boolean {
  return selected().length >= count;
}

/** Put what is moved at its places, with what its frames hold. */
function moveTo(moves: Moves): void {
  const members = drawing.members();
  const places: [string, number, number][] = [];
  for (const box of selected()) {
    const to = moves.get(box.id);
    if (!to) continue;
    places.push([box.id, to.x, to.y]);
    for (const id of heldBy(members, new Set([box.id]))) {
      const [x, y] = placeOf(id);
      places.push([id, x + to.x - box.x, y + to.y - box.y]);
    }
  }
  asStep(() => moveNodes(doc, places));
}

export function alignSelected(side: Side): void {
  moveTo(align(selected(), side));
}

export function distributeSelected(axis: Axis): void {
  moveTo(distribute(selected(), axis));
}

/** Make the edges among what is selected straight; a single node is brought level with what leads to it. */
export function straightenSelected(): void {
  const { edges } = useDraft.getState();
  const own = selected();
  const [only] = own;
  const before = own.length === 1 && edges.find((edge) => edge.target === only?.id)?.source;
  const portY = (node: string, side: "inputs" | "outputs", name: string): number =>
    forms().get(node)?.shape[side].find(({ port }) => port.name === name)?.y ?? 0;
  const sloped = edges.map(({ source, sourcePort, target, targetPort }) => ({
    source,
    target,
    sourceY: portY(source, "outputs", sourcePort),
    targetY: portY(target, "inputs", targetPort),
  }));
  moveTo(straighten(before ? [...boxes(new Set([before])), ...own] : own, sloped));
}
