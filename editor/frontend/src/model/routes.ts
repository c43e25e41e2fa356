/** How edges are drawn that are not just a curve: by way of points, or as links by a name. */
import type { Box } from "./geometry";
import type { EdgeRoute } from "./types";
import { courseOf, curvesOf, type Point } from "./slice";

/** A name on the canvas is no longer than this. */
export const LONGEST_NAME = 60;
const SHOWN = 22;
const LETTER = 6.4;
const PADDING = 18;
/** From a port to the name beside it. */
export const LINK_GAP = 14;
export const LINK_HEIGHT = 20;

export function routePoints(route: EdgeRoute | undefined): Point[] {
  return (route?.points ?? []).map(([x, y]) => ({ x, y }));
}

/** The name as it is drawn, and about how wide. */
export function linkTag(name: string): { text: string; width: number } {
  const text = name.length > SHOWN ? `${name.slice(0, SHOWN - 1).trimEnd()}…` : name;
  return { text, width: PADDING + text.length * LETTER };
}

/** Which place a new point takes among those of an edge: after the piece of the curve that is nearest to it. */
export function placeFor(at: Point, from: Point, points: readonly Point[], to: Point): number {
  let [nearest, found] = [Infinity, 0];
  curvesOf(from, points, to).forEach((curve, index) => {
    for (const { x, y } of courseOf([curve])) {
      const distance = Math.hypot(x - at.x, y - at.y);
      if (distance < nearest) [nearest, found] = [distance, index];
    }
  });
  return found;
}

/** The points that are still on the way after a frame has come to an end of their edge: outside of it, and between both ends. */
export function pointsOnTheWay(points: readonly Point[], from: Point, to: Point, frame: Box): Point[] {
  const inside = ({ x, y }: Point): boolean =>
    x > frame.x && x < frame.x + frame.width && y > frame.y && y < frame.y + frame.height;
  // An edge that leads back goes around what is between its ends.
  const between = ({ x }: Point): boolean => to.x < from.x || (x >= from.x && x <= to.x);
  return points.filter((point) => between(point) && !inside(point));
}
