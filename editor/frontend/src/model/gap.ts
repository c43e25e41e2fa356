/** Room for a node that is put into an edge: where the gap is too narrow, what follows moves aside. */
import type { EdgeEnds } from "./edges";
import { type Box, freePlace, GRID, overlaps } from "./geometry";
import { reached } from "./walk";

export type Placed = Box & { id: string };

/** Between a node and its neighbours in an edge: never less than the first, no more than the second is made. */
const LEAST = 40;
const USUAL = 80;

/** What moves by so much to the right when some do: what follows them, and what they would come to lie on. */
export function pushed(boxes: readonly Placed[], edges: readonly EdgeEnds[], first: readonly string[], by: number): Set<string> {
  const byId = new Map(boxes.map((box) => [box.id, box]));
  const moved = new Set<string>();
  const fresh: Placed[] = [];
  const follow = (id: string): void => {
    const start = byId.get(id);
    if (!start) return;
    for (const one of reached(edges, [id], "down")) {
      const box = byId.get(one);
      if (!box || moved.has(one) || box.x < start.x) continue;
      moved.add(one);
      fresh.push(box);
    }
  };
  first.forEach(follow);
  for (let box = fresh.pop(); box; box = fresh.pop()) {
    const stood = box;
    const stands = { ...stood, x: stood.x + by };
    for (const other of boxes) {
      if (!moved.has(other.id) && overlaps(stands, other, GRID / 2) && !overlaps(stood, other)) follow(other.id);
    }
  }
  return moved;
}

/** Where a node comes to stand, and what moves to the right for it, by how much. */
export interface Room {
  at: { x: number; y: number };
  moved: ReadonlySet<string>;
  by: number;
}

/**
 * Room for a box in the edge between two others, as near as can be to where it was dropped. An end
 * that is not among them is the frame around them.
 */
export function roomFor(
  box: Box,
  [source, target]: readonly [string, string],
  others: readonly Placed[],
  edges: readonly EdgeEnds[],
): Room {
  const from = others.find(({ id }) => id === source);
  const to = others.find(({ id }) => id === target);
  const begins = from ? from.x + from.width : to ? to.x - USUAL : undefined;
  const stays = (x = box.x): Room => ({ at: freePlace({ ...box, x }, others), moved: new Set(), by: 0 });
  if (begins === undefined || (to && to.x < begins)) return stays();
  if (!to) return stays(Math.max(box.x, begins + LEAST));
  const room = to.x - begins;
  if (room >= box.width + 2 * LEAST) {
    return stays(Math.max(begins + LEAST, Math.min(box.x, to.x - LEAST - box.width)));
  }
  const gap = Math.max(LEAST, Math.min(USUAL, room));
  const x = begins + gap;
  const by = x + box.width + gap - to.x;
  const moved = pushed(others.filter(({ id }) => id !== source), edges, [target], by);
  const after = others.map((other) => (moved.has(other.id) ? { ...other, x: other.x + by } : other));
  return { at: freePlace({ ...box, x }, after), moved, by };
}
