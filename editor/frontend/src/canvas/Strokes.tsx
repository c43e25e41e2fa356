/** Strokes over the canvas: which press draws, and with what; and the press with Alt that frees a port. */
import { useKeyPress } from "@xyflow/react";
import { type RefObject, useEffect, useState } from "react";

import { withMod } from "../actions/keys";
import type { Point } from "../model/slice";
import { dragNow, useKeymap } from "../store/keymap";
import { say, useUi } from "../store/ui";
import { inText } from "./clipboard";
import { breakPort } from "./cut";
import { box, knife, lasso, type Pen } from "./pens";
import { beginsOnSomething, followRight } from "./rightDrag";
import { borderPull, panBy, size, toFlow, toScreen } from "./view";

/** A press that moves less than this far on the screen is none that draws. */
const LEAST = 4;

/** What takes a press for itself, whatever is drawn elsewhere. */
const PORTS = ".react-flow__handle";

/** With Alt, these are copied by a drag; a note is paper, on which one can cut as beside it. */
const COPIED = ".react-flow__node:not(.react-flow__node-note)";

/** Nothing stands here but the canvas, or the long way of an edge over it. */
function isOnNothing(target: Element): boolean {
  return target.matches(".react-flow__pane, .react-flow__edge-path, .react-flow__edge-interaction");
}

/** The pen for a press at this place, if the press is one that draws. */
function penFor(event: PointerEvent, target: Element): Pen | undefined {
  if (event.button !== 0 || !target.closest(".react-flow__pane") || target.closest(PORTS) || inText(target)) return undefined;
  if (useUi.getState().lasso || (event.altKey && event.shiftKey)) return lasso();
  const drawBox = (adding: boolean): Pen => box(toFlow({ x: event.clientX, y: event.clientY }), adding);
  const adds = withMod(event);
  const draws = dragNow() === "box";
  if (event.shiftKey) return drawBox(adds || (draws && isOnNothing(target)));
  if (event.altKey) return target.closest(COPIED) || target.closest(".nodrag") ? undefined : knife();
  // A finger moves the view, and so does what holds the space bar.
  const plain = draws && event.pointerType !== "touch" && !target.closest(".is-panning");
  return (plain || adds) && isOnNothing(target) ? drawBox(adds) : undefined;
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
function follow(event: PointerEvent, pen: Pen, show: (points: readonly Point[]) => void): () => void {
  const start = toFlow({ x: event.clientX, y: event.clientY });
  let points: readonly Point[] = [start];
  let last = { x: event.clientX, y: event.clientY };
  let drifting = 0;
  /** A stroke that begins near the border does not move the view before it has left it. */
  let wasInside = false;
  const end = (how: () => void): void => {
    stop();
    useUi.setState({ lasso: false });
    show([]);
    how();
  };
  const draw = (): void => {
    const to = toFlow(last);
    pen.piece(points.at(-1) ?? start, to);
    points = [...points, to];
    show(points);
  };
  const drift = (): void => {
    const pull = borderPull(last);
    wasInside ||= !pull;
    if (pull && wasInside) {
      panBy(pull);
      draw();
    }
    drifting = requestAnimationFrame(drift);
  };
  const move = (event: PointerEvent): void => {
    if (Math.hypot(event.clientX - last.x, event.clientY - last.y) < LEAST) return;
    last = { x: event.clientX, y: event.clientY };
    draw();
    if (pen.drifts && !drifting) drift();
  };
  const up = (event: PointerEvent): void => {
    move(event);
    // A press that stays where it is remains a click on what is there.
    if (points.length < 2) return end(pen.dropped);
    swallowClick();
    end(() => pen.done(points));
  };
  const drop = (): void => end(pen.dropped);
  const key = (event: KeyboardEvent): void => {
    if (event.key !== "Escape") return;
    swallow(event);
    window.addEventListener("pointerup", swallowClick, { capture: true, once: true });
    drop();
  };
  const stop = (): void => {
    cancelAnimationFrame(drifting);
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

/** A class of the canvas for as long as something holds. */
function useClass(canvas: RefObject<HTMLElement | null>, name: string, holds: boolean): void {
  useEffect(() => {
    canvas.current?.classList.toggle(name, holds);
  }, [canvas, name, holds]);
}

export function Strokes({ canvas }: { canvas: RefObject<HTMLElement | null> }) {
  useKeymap();
  // While the space bar is held, the canvas is moved also where a node is under the pointer.
  useClass(canvas, "is-panning", useKeyPress("Space"));
  useClass(canvas, "is-boxing", useKeyPress("Shift"));
  useClass(canvas, "draws-boxes", dragNow() === "box");
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
      if (beginsOnSomething(event, target) && !inText(target)) followRight(event, target);
      const pen = penFor(event, target);
      taken = pen !== undefined || freePort(event, target);
      if (!taken) return;
      event.stopPropagation();
      // As after any press on the canvas, what is written beside it is done.
      if (document.activeElement instanceof HTMLElement && inText(document.activeElement)) document.activeElement.blur();
      if (pen) stop = follow(event, pen, (points) => setStroke({ look: pen.look, points: points.length > 1 ? (pen.outline?.(points) ?? points) : [] }));
    };
    // The canvas pans, and a browser selects text, by the mouse events that follow those of the pointer.
    const mouse = (event: Event): void => {
      if (!taken) return;
      event.stopPropagation();
      if (event.type === "mousedown") event.preventDefault();
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
      <Line points={stroke.points.map(toScreen).map(({ x, y }) => `${x - left},${y - top}`).join(" ")} />
    </svg>
  );
}
