/** A drag with the right button moves the view also where it begins on a node, a note or an edge; a press asks for the menu. */
import { panBy } from "./view";

/** A press that moves less than this far on the screen is none that drags. */
const LEAST = 4;

const TAKING = ".react-flow__node, .react-flow__edge";

/** Whether the canvas itself would not move by this press. */
export function beginsOnSomething(event: PointerEvent, target: Element): boolean {
  return event.button === 2 && target.closest(TAKING) !== null;
}

/** Follow the right button from a press to its end. */
export function followRight(press: PointerEvent, target: Element): void {
  let last = { x: press.clientX, y: press.clientY };
  let moved = false;
  let asked: MouseEvent | undefined;
  const hold = (event: MouseEvent): void => {
    event.preventDefault();
    event.stopPropagation();
    asked = event;
  };
  const move = (event: PointerEvent): void => {
    if (!(event.buttons & 2)) return up();
    const by = { x: event.clientX - last.x, y: event.clientY - last.y };
    if (!moved && Math.hypot(by.x, by.y) < LEAST) return;
    moved = true;
    last = { x: event.clientX, y: event.clientY };
    panBy(by);
  };
  const up = (): void => {
    window.removeEventListener("pointermove", move, true);
    window.removeEventListener("pointerup", up, true);
    window.removeEventListener("pointercancel", up, true);
    const stop = (): void => window.removeEventListener("contextmenu", hold, true);
    // Some systems ask for the menu at the press, others when it ends, which is after this.
    if (moved) setTimeout(stop);
    else {
      stop();
      if (asked) target.dispatchEvent(new MouseEvent("contextmenu", { bubbles: true, cancelable: true, button: 2, clientX: last.x, clientY: last.y }));
    }
  };
  window.addEventListener("contextmenu", hold, true);
  window.addEventListener("pointermove", move, true);
  window.addEventListener("pointerup", up, true);
  window.addEventListener("pointercancel", up, true);
}
