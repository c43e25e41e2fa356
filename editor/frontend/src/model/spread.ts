/** Room for the nodes that come in place of one: what is in their way moves to the right, up and down. */
import type { EdgeEnds } from "./edges";
import { type Placed, pushed } from "./gap";
import { around, type Box, GRID, overlaps } from "./geometry";

type Shift = readonly [dx: number, dy: number];

/** Right and down are each other when the drawing is mirrored at its diagonal, down and up at the horizon. */
const mirrored = ({ id, x, y, width, height }: Placed): Placed => ({ id, x: y, y: x, width: height, height: width });
const upended = (box: Placed): Placed => mirrored({ ...box, y: -box.y - box.height });

/**
 * How far what came in place of a box moves, and all that stands around it. Where they are
 * in the way, the first of what came stands where the box stood; what follows moves to the right, and what is above and below moves away.
 */
export function spread(came: readonly Placed[], stood: Box, others: readonly Placed[], edges: readonly EdgeEnds[]): Map<string, Shift> {
  const shifts = new Map<string, Shift>();
  const whole = around(came);
  const [first] = came.toSorted((one, other) => one.x - other.x || one.y - other.y);
  // Around the middle of what stood there it disturbs nobody, as after collapsing the same nodes.
  if (!whole || !first || !others.some((other) => overlaps(whole, other, GRID))) return shifts;
  const [dx, dy] = [stood.x - whole.x, stood.y - first.y];
  for (const { id } of came) shifts.set(id, [dx, dy]);
  const room = { ...whole, x: whole.x + dx, y: whole.y + dy };
  const right = stood.x + stood.width;
  const wider = room.x + room.width - right;
  if (wider > 0) {
    const own = new Set(came.map(({ id }) => id));
    const next = new Set(edges.flatMap(({ source, target }) => (own.has(source) && !own.has(target) ? [target] : [])));
    const start = others.filter((other) => other.x >= right && (next.has(other.id) || overlaps(room, other, GRID)));
    for (const id of pushed(others, edges, start.map(({ id }) => id), wider)) shifts.set(id, [wider, 0]);
  }
  const middle = stood.y + stood.height / 2;
  for (const [turn, side] of [[mirrored, 1], [upended, -1]] as const) {
    const now = others.map((other) => {
      const [x, y] = shifts.get(other.id) ?? [0, 0];
      return { ...other, x: other.x + x, y: other.y + y };
    });
    const hit = now.filter((other) => overlaps(room, other, GRID) && side * (other.y + other.height / 2 - middle) > 0);
    const far = hit.map((other) => (side > 0 ? room.y + room.height - other.y : other.y + other.height - room.y) + 2 * GRID);
    const by = Math.ceil(Math.max(0, ...far) / GRID) * GRID;
    for (const id of pushed(now.map(turn), [], hit.map(({ id }) => id), by)) {
      const [x, y] = shifts.get(id) ?? [0, 0];
      shifts.set(id, [x, y + side * by]);
    }
  }
  return shifts;
}
