/** The pens that draw over the canvas: a knife cuts edges; a box and a lasso select. */
import { type Box, overlaps } from "../model/geometry";
import { catches, holds, type Point } from "../model/slice";
import { useDraft } from "../store/document";
import { select, useSelection } from "../store/selection";
import { boxes } from "../store/shapes";
import { courses, cutMarked, keepAll, markCut } from "./cut";

/** One way to draw over the canvas, in the drawing's measures: told of each piece, and of the end. */
export interface Pen {
  look: "stroke-cut" | "stroke-lasso";
  /** Near the border of the canvas the view follows. */
  drifts?: boolean;
  /** What is shown of the way; all of it, unless this says otherwise. */
  outline?: (points: readonly Point[]) => readonly Point[];
  piece: (from: Point, to: Point) => void;
  done: (points: readonly Point[]) => void;
  dropped: () => void;
}

export function knife(): Pen {
  const among = courses();
  return {
    look: "stroke-cut",
    piece: (from, to) => markCut(from, to, among),
    done: cutMarked,
    dropped: keepAll,
  };
}

interface Catchable extends Box {
  id: string;
  /** What lies around other things is caught only as a whole. */
  frame?: boolean;
}

/** All that can be selected by drawing around it; a note that nodes lie on is like a frame. */
function catchables(): Catchable[] {
  const nodes = boxes();
  const notes = useDraft.getState().notes.map((note) => ({ ...note, frame: nodes.some((node) => holds(note, node)) }));
  return [...nodes, ...notes];
}

/** Select what was caught, beside what is kept, and the edges that lead from one of these to another. */
function take(caught: readonly Catchable[], kept: readonly string[] = []): void {
  const ids = new Set([...kept, ...caught.map(({ id }) => id)]);
  const within = useDraft.getState().edges.filter(({ source, target }) => ids.has(source) && ids.has(target));
  select(ids, within.map(({ id }) => id));
}

export function lasso(): Pen {
  const all = catchables();
  return {
    look: "stroke-lasso",
    drifts: true,
    piece: () => undefined,
    done: (points) => take(all.filter((one) => catches(points, one))),
    dropped: () => undefined,
  };
}

/** The box from one corner to the other. */
function between(from: Point, to: Point): Box {
  return { x: Math.min(from.x, to.x), y: Math.min(from.y, to.y), width: Math.abs(to.x - from.x), height: Math.abs(to.y - from.y) };
}

/** Selects while it is drawn; `adding` leaves selected what is. */
export function box(start: Point, adding: boolean): Pen {
  const all = catchables();
  const before = useSelection.getState();
  const kept = adding ? [...before.nodes] : [];
  return {
    look: "stroke-lasso",
    drifts: true,
    outline: (points) => {
      const to = points.at(-1) ?? start;
      return [start, { x: to.x, y: start.y }, to, { x: start.x, y: to.y }];
    },
    piece: (_from, to) => {
      const drawn = between(start, to);
      take(all.filter((one) => (one.frame ? holds(drawn, one) : overlaps(drawn, one))), kept);
    },
    done: () => undefined,
    dropped: () => select(before.nodes, before.edges),
  };
}
