/** Where somebody has been: the views before and after the present one, as a browser keeps pages. */

export interface View {
  x: number;
  y: number;
  zoom: number;
}

export interface Trail {
  readonly before: readonly View[];
  readonly after: readonly View[];
}

export const EMPTY: Trail = { before: [], after: [] };
const MOST = 50;

function near(one: View, other: View): boolean {
  return Math.abs(one.x - other.x) < 8 && Math.abs(one.y - other.y) < 8 && Math.abs(one.zoom - other.zoom) < 0.01;
}

/** Leave a view by a leap; what was ahead is ahead no more. */
export function leave(trail: Trail, view: View): Trail {
  const last = trail.before.at(-1);
  if (last && near(last, view)) return { before: trail.before, after: [] };
  return { before: [...trail.before, view].slice(-MOST), after: [] };
}

/** Go one back or on from the view that is shown; null where there is nothing. */
export function go(trail: Trail, way: "back" | "on", shown: View): { trail: Trail; view: View } | null {
  const from = way === "back" ? trail.before : trail.after;
  // A step to where one already is would look like none.
  const left = from.findLastIndex((view) => !near(view, shown));
  const view = from[left];
  if (!view) return null;
  const rest = from.slice(0, left);
  return {
    view,
    trail:
      way === "back"
        ? { before: rest, after: [...trail.after, shown] }
        : { before: [...trail.before, shown], after: rest },
  };
}
