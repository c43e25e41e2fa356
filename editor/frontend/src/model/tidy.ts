/** Tidy-up with frames: what a frame holds is laid out first, then the frame as one box. */
import type { EdgeEnds } from "./edges";
import { frameBoxes, framesAround, heldBy, lifted, type Placed } from "./frames";
import { tidy } from "./layout";

type Place = [number, number];

/** New places for the chosen nodes and what moves with them; the top left one of each frame stays. */
export function tidyFrames(
  members: ReadonlyMap<string, Placed>,
  placeOf: (id: string) => readonly [number, number],
  edges: readonly EdgeEnds[],
  chosen: ReadonlySet<string>,
): Map<string, Place> {
  const places = new Map<string, Place>([...members.keys()].map((id) => [id, [...placeOf(id)] as Place]));
  const now = (id: string): Place => places.get(id) ?? [0, 0];
  const scopes = new Map<string, string[]>();
  const holding = new Set([...members.values()].map((member) => member.holder));
  for (const id of chosen) {
    const scope = members.get(id)?.holder ?? "";
    scopes.set(scope, [...(scopes.get(scope) ?? []), id]);
  }
  const depth = (scope: string): number => (scope ? framesAround(members, scope).length + 1 : 0);
  for (const [scope, ids] of [...scopes].sort(([one], [other]) => depth(other) - depth(one))) {
    const boxes = frameBoxes(members, now);
    const sized = ids.map((id) => {
      const [x, y] = now(id);
      const { width = 0, height = 0 } = members.get(id)?.shape ?? {};
      return { id, x, y, width, height, ...boxes.get(id) };
    });
    const origin = { x: Math.min(...sized.map((box) => box.x)), y: Math.min(...sized.map((box) => box.y)) };
    const found = tidy(sized, edges.flatMap((edge) => lifted(members, edge, scope)), origin);
    for (const box of sized) {
      const [x, y] = found.get(box.id) ?? [box.x, box.y];
      places.set(box.id, [x, y]);
      if (!holding.has(box.id)) continue;
      for (const held of heldBy(members, new Set([box.id]))) {
        const [left, top] = now(held);
        places.set(held, [left + x - box.x, top + y - box.y]);
      }
    }
  }
  const moved = new Set([...chosen, ...heldBy(members, chosen)]);
  return new Map([...places].filter(([id]) => moved.has(id)));
}
