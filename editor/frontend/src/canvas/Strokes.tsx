/** Strokes over the canvas: with Alt one cuts edges and a press frees a port; a lasso selects. */
import { useKeyPress } from "@xyflow/react";
import { type RefObject, useEffect, useState } from "react";

import { type Box, overlaps } from "../model/geometry";
import { catches, type Point } from "../model/slice";
import { useDraft } from "../store/document";
import { select } from "../store/selection";
import { boxes } from "../store/shapes";
import { say, useUi } from "../store/ui";
import { breakPort, courses, cutMarked, keepAll, markCut } from "./cut";
import { inText } from "./clipboard";
import { OVERVIEW_ZOOM, size, toFlow, viewNow } from "./view";

/** A press that moves less than this far on the screen is none that draws. */
const LEAST = 4;

/** Nodes lie within the pane, too, and a press on them is theirs. */
const NODES = ".react-flow__node, .react-flow__nodesselection";

/** One way to draw over the canvas: told of each piece, and of the end. */
interface Pen {
  look: string;
  /** What is shown of the way; all of it, unless this says otherwise. */
  outline?: (points: readonly Point[]) => readonly Point[];
  piece: (from: Point, to: Point) => void;
  done: (points: readonly Point[]) => void;
  dropped: () => void;
}

function knife(): Pen {
  const among = courses();
  return {
    look: "stroke-cut",
    piece: (from, to) => markCut(toFlow(from), toFlow(to), among),
    done: cutMarked,
    dropped: keepAll,
  };
}

function nothing(): void {}

/** Select the nodes and notes of which this is true. */
function selectThose(caught: (box: Box) => boolean): void {
  select([...boxes(), ...useDraft.getState().notes].filter(caught).map(({ id }) => id));
}

function lasso(): Pen {
  return {
    look: "stroke-lasso",
    piece: nothing,
    done: (points) => {
      const stroke = points.map(toFlow);
      selectThose((box) => catches(stroke, box));
    },
    dropped: nothing,
  };
}

/** The corners of the box from the first point to the last. */
function corners(points: readonly Point[]): Point[] {
  const [from, to] = [points[0], points.at(-1)];
  return from && to ? [from, { x: to.x, y: from.y }, to, { x: from.x, y: to.y }] : [];
}

/** From afar the nodes are a picture, of which the canvas itself cannot select. */
function farBox(): Pen {
  return {
    look: "stroke-lasso",
    outline: corners,
    piece: nothing,
    done: (points) => {
      const [from, , to] = corners(points).map(toFlow);
      if (!from || !to) return;
      const drawn = { x: Math.min(from.x, to.x), y: Math.min(from.y, to.y), width: Math.abs(to.x - from.x), height: Math.abs(to.y - from.y) };
      selectThose((box) => overlaps(drawn, box));
    },
    dropped: nothing,
  };
}

/** The pen for a press at this place, if the press is one that draws. */
function penFor(event: PointerEvent, target: Element): Pen | undefined {
  if (event.button !== 0 || !target.closest(".react-flow__pane") || target.closest(NODES)) return undefined;
  if (useUi.getState().lasso || (event.altKey && event.shiftKey)) return lasso();
  if (event.shiftKey) return (viewNow()?.zoom ?? 1) < OVERVIEW_ZOOM ? farBox() : undefined;
  return event.altKey ? knife() : undefined;
}

function swallow(event: Event): void {
  event.stopPropagation();
  event.preventDefault();
}

/** Nothing else may take the press for its own: the click that ends it is swallowed, too. */
function swallowClick(): void {
  window.addEventListener("click", swallow, { capture: true, once: true });
  setTimeout(() => window.removeEventListener("click", swallow, { capture: true }));
}

/** Free the port that was pressed, if the press is one that frees. */
function freePort(event: PointerEvent, target: Element): boolean {
  const handle = target.closest<HTMLElement>(".react-flow__handle");
  const { nodeid: node, handleid: port } = handle?.dataset ?? {};
  if (!event.altKey || event.button !== 0 || !handle || !node || !port) return false;
  breakPort(node, handle.classList.contains("source") ? "source" : "target", port);
  window.addEventListener("pointerup", swallowClick, { capture: true, once: true });
  return true;
}

/** Follow the pointer from a press to its end; answers how to stop following. */
function follow(start: Point, pen: Pen, show: (points: readonly Point[]) => void): () => void {
  let points: readonly Point[] = [start];
  const end = (how: () => void): void => {
    stop();
    useUi.setState({ lasso: false });
    show([]);
    how();
  };
  const move = (event: PointerEvent): void => {
    const last = points.at(-1) ?? start;
    const to = { x: event.clientX, y: event.clientY };
    if (Math.hypot(to.x - last.x, to.y - last.y) < LEAST) return;
    pen.piece(last, to);
    points = [...points, to];
    show(points);
  };
  const up = (event: PointerEvent): void => {
    move(event);
    swallowClick();
    end(() => pen.done(points));
  };
  const drop = (): void => end(pen.dropped);
  const key = (event: KeyboardEvent): void => {
    if (event.key !== "Escape") return;
    swallow(event);
    drop();
  };
  const stop = (): void => {
    window.removeEventListener("pointermove", move, true);
    window.removeEventListener("pointerup", up, true);
    window.removeEventListener("pointercancel", drop, true);
    window.removeEventListener("keydown", key, true);
  };
  window.addEventListener("pointermove", move, true);
  window.addEventListener("pointerup", up, true);
  window.addEventListener("pointercancel", drop, true);
  window.addEventListener("keydown", key, true);
  return stop;
}

/** While the space bar is held, the canvas is moved also where a node is under the pointer. */
function useSpaceToPan(canvas: RefObject<HTMLElement | null>): void {
  const held = useKeyPress("Space");
  useEffect(() => {
    canvas.current?.classList.toggle("is-panning", held);
  }, [held, canvas]);
}

export function Strokes({ canvas }: { canvas: RefObject<HTMLElement | null> }) {
  useSpaceToPan(canvas);
  const [stroke, setStroke] = useState<{ look: string; points: readonly Point[] }>({ look: "", points: [] });
  useEffect(() => {
    let taken = false;
    let stop = (): void => {};
    const press = (event: PointerEvent): void => {
      taken = false;
      const target = event.target;
      if (!(target instanceof Element) || !canvas.current?.contains(target)) return;
      // With Shift a browser would select all text from the last press on one up to here.
      if (!inText(target)) document.getSelection()?.removeAllRanges();
      const pen = penFor(event, target);
      taken = pen !== undefined || freePort(event, target);
      if (taken) swallow(event);
      if (!pen) return;
      stop = follow({ x: event.clientX, y: event.clientY }, pen, (points) => setStroke({ look: pen.look, points: pen.outline?.(points) ?? points }));
    };
    // The canvas pans by the mouse events that follow those of the pointer.
    const mouse = (event: Event): void => {
      if (taken) event.stopPropagation();
    };
    window.addEventListener("pointerdown", press, true);
    window.addEventListener("mousedown", mouse, true);
    window.addEventListener("touchstart", mouse, true);
    return () => {
      stop();
      window.removeEventListener("pointerdown", press, true);
      window.removeEventListener("mousedown", mouse, true);
      window.removeEventListener("touchstart", mouse, true);
    };
  }, [canvas]);
  const armed = useUi((state) => state.lasso);
  useEffect(() => {
    if (!armed) return undefined;
    const pane = canvas.current;
    pane?.classList.add("is-lassoing");
    // Only from here on is a drag taken for one: it is not said before.
    say("Draw around what you want to select");
    const key = (event: KeyboardEvent): void => {
      if (event.key !== "Escape") return;
      swallow(event);
      useUi.setState({ lasso: false });
    };
    window.addEventListener("keydown", key, true);
    return () => {
      pane?.classList.remove("is-lassoing");
      window.removeEventListener("keydown", key, true);
    };
  }, [armed, canvas]);
  if (stroke.points.length < 2) return null;
  const { left, top } = size();
  const Line = stroke.look === "stroke-lasso" ? "polygon" : "polyline";
  return (
    <svg className={`stroke ${stroke.look}`} aria-hidden data-testid="stroke">
      <Line points={stroke.points.map(({ x, y }) => `${x - left},${y - top}`).join(" ")} />
    </svg>
  );
}
