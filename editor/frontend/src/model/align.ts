/** Putting boxes in line: along a side, at even distances, or so that the edges between them are straight. */
import { around, type Box, GRID, overlaps } from "./geometry";

export type Side = "left" | "right" | "top" | "bottom" | "centre" | "middle";
export type Axis = "across" | "down";
export type Moves = Map<string, { x: number; y: number }>;

type Placed = Box & { id: string };

/** All of them at one line: a side of the box around them, or its middle. */
export function align(boxes: readonly Placed[], side: Side): Moves {
  const all = around(boxes);
  if (!all) return new Map();
  const place = ({ x, y, width, height }: Placed): { x: number; y: number } => {
    if (side === "left") return { x: all.x, y };
    if (side === "right") return { x: all.x + all.width - width, y };
    if (side === "top") return { x, y: all.y };
    if (side === "bottom") return { x, y: all.y + all.height - height };
    if (side === "centre") return { x: Math.round(all.x + (all.width - width) / 2), y };
    return { x, y: Math.round(all.y + (all.height - height) / 2) };
  };
  return new Map(boxes.map((box) => [box.id, place(box)]));
}

/** The same gap between each and the next; the outer two stay, unless there is too little room. */
export function distribute(boxes: readonly Placed[], axis: Axis): Moves {
  const [at, size] = axis === "across" ? (["x", "width"] as const) : (["y", "height"] as const);
  const sorted = [...boxes].sort((one, other) => one[at] + one[size] / 2 - other[at] - other[size] / 2);
  const [first, last] = [sorted[0], sorted.at(-1)];
  if (!first || !last || sorted.length < 3) return new Map();
  const room = last[at] + last[size] - first[at] - sorted.reduce((sum, box) => sum + box[size], 0);
  const gap = Math.max(room / (sorted.length - 1), GRID);
  let next = first[at];
  return new Map(
    sorted.map((box) => {
      const here = Math.round(next);
      next += box[size] + gap;
      return [box.id, { x: box.x, y: box.y, [at]: here }];
    }),
  );
}

/** An edge as far as its slope is concerned: where its ports are, measured from the tops of the nodes. */
export interface Sloped {
  source: string;
  target: string;
  sourceY: number;
  targetY: number;
}

/** Move boxes up or down, from left to right, so that the first edge into each is straight; none is put onto another. */
export function straighten(boxes: readonly Placed[], edges: readonly Sloped[]): Moves {
  const placed = new Map<string, Placed>();
  for (const box of [...boxes].sort((one, other) => one.x - other.x || one.y - other.y)) {
    const edge = edges.find(({ source, target }) => target === box.id && placed.has(source));
    const before = edge && placed.get(edge.source);
    const moved = before ? { ...box, y: before.y + edge.sourceY - edge.targetY } : box;
    const free = ![...placed.values()].some((other) => overlaps(moved, other));
    placed.set(box.id, free ? moved : box);
  }
  return new Map([...placed].map(([id, { x, y }]) => [id, { x, y }]));
}
