/** Which edges a stroke over the drawing crosses, and what lies inside a stroke that is closed. */
import type { EdgeEnds } from "./edges";
import { type Box, HANDLE, portX, type Shape } from "./geometry";

export interface Point {
  x: number;
  y: number;
}

/** Enough pieces that a curve over the whole screen is off its true course by less than a pixel. */
const PIECES = 24;
/** How far the curve of an edge that leads backwards swings out, as React Flow draws it. */
const SWING = 0.25 * 25;

function reach(distance: number): number {
  return distance >= 0 ? distance / 2 : SWING * Math.sqrt(-distance);
}

/** One piece of an edge's curve. */
export type Cubic = readonly [from: Point, one: Point, other: Point, to: Point];

/** The curve from the right of one port to the left of another, as React Flow draws it. */
function direct(from: Point, to: Point): Cubic {
  const bend = reach(to.x - from.x);
  return [from, { x: from.x + bend, y: from.y }, { x: to.x - bend, y: to.y }, to];
}

/** The curves of an edge by way of points: it passes each to the right or to the left, as its neighbours stand. */
export function curvesOf(from: Point, points: readonly Point[], to: Point): Cubic[] {
  if (!points.length) return [direct(from, to)];
  const all = [from, ...points, to];
  const way = (index: number): number => {
    const [before, after] = [all[index - 1], all[index + 1]];
    return before && after && after.x < before.x ? -1 : 1;
  };
  return all.slice(1).map((end, index): Cubic => {
    const start = all[index] ?? from;
    const [dx, dy] = [end.x - start.x, end.y - start.y];
    const bend = Math.max(Math.abs(dx) / 2, Math.min(60, Math.hypot(dx, dy) / 2));
    return [start, { x: start.x + way(index) * bend, y: start.y }, { x: end.x - way(index + 1) * bend, y: end.y }, end];
  });
}

/** Curves as the `d` of an SVG path. */
export function pathOf(curves: readonly Cubic[]): string {
  const at = ({ x, y }: Point): string => `${x},${y}`;
  return curves.map(([from, one, other, to], index) => `${index ? "" : `M${at(from)} `}C${at(one)} ${at(other)} ${at(to)}`).join(" ");
}

/** Points along curves, close enough to tell what crosses them. */
export function courseOf(curves: readonly Cubic[]): Point[] {
  return curves.flatMap(([from, one, other, to]) =>
    Array.from({ length: PIECES + 1 }, (_, piece) => {
      const t = piece / PIECES;
      const u = 1 - t;
      const along = (axis: "x" | "y"): number =>
        u ** 3 * from[axis] + 3 * u * u * t * one[axis] + 3 * u * t * t * other[axis] + t ** 3 * to[axis];
      return { x: along("x"), y: along("y") };
    }),
  );
}

function side(a: Point, b: Point, c: Point): number {
  return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
}

/** Whether the way from a to b crosses that from c to d. */
function cross(a: Point, b: Point, c: Point, d: Point): boolean {
  return side(a, b, c) > 0 !== side(a, b, d) > 0 && side(c, d, a) > 0 !== side(c, d, b) > 0;
}

/** Whether one piece of a stroke crosses a course. */
export function crosses(a: Point, b: Point, course: readonly Point[]): boolean {
  return course.some((point, index) => {
    const next = course[index + 1];
    return next !== undefined && cross(a, b, point, next);
  });
}

export interface Standing {
  box: Box;
  shape: Shape;
}

/** Where an edge begins and ends; undefined where one of its ports is not drawn. */
export function endsAt(ends: EdgeEnds, standing: (node: string) => Standing | undefined): [Point, Point] | undefined {
  const source = standing(ends.source);
  const target = standing(ends.target);
  const output = source?.shape.outputs.find(({ port }) => port.name === ends.sourcePort);
  const input = target?.shape.inputs.find(({ port }) => port.name === ends.targetPort);
  if (!source || !target || !output || !input) return undefined;
  return [
    { x: source.box.x + portX(output, "source", source.box.width) + HANDLE / 2, y: source.box.y + output.y },
    { x: target.box.x + portX(input, "target", target.box.width) - HANDLE / 2, y: target.box.y + input.y },
  ];
}

/** Whether a point lies inside a closed stroke. */
function within({ x, y }: Point, stroke: readonly Point[]): boolean {
  let inside = false;
  stroke.forEach((a, index) => {
    const b = stroke[(index + 1) % stroke.length] ?? a;
    if (a.y > y !== b.y > y && x < a.x + ((y - a.y) / (b.y - a.y)) * (b.x - a.x)) inside = !inside;
  });
  return inside;
}

/** Whether a box lies wholly in another one. */
export function holds(outer: Box, inner: Box): boolean {
  return (
    inner.x >= outer.x &&
    inner.y >= outer.y &&
    inner.x + inner.width <= outer.x + outer.width &&
    inner.y + inner.height <= outer.y + outer.height
  );
}

/** Whether a closed stroke catches a box: goes over it or around it; a frame only when it goes around all of it. */
export function catches(stroke: readonly Point[], box: Box & { frame?: boolean }): boolean {
  const { x, y, width, height } = box;
  const corners = [[x, y], [x + width, y], [x + width, y + height], [x, y + height]].map(([left = 0, top = 0]) => ({ x: left, y: top }));
  if (box.frame) return corners.every((corner) => within(corner, stroke));
  const over = stroke.some((at) => at.x >= x && at.x <= x + width && at.y >= y && at.y <= y + height);
  return over || within({ x: x + width / 2, y: y + height / 2 }, stroke);
}
