/** Whoever writes in a form that somebody else takes away goes on writing: what they type means no shortcut. */
import { inText } from "../canvas/clipboard";
import { say } from "../store/ui";

/** After a pause as long as this they have seen it; in ms. */
const PAUSE = 1000;

let written: Element | null = null;
let swallowed: number | null = null;

/** Whether this key was meant for a field that is gone. */
export function isForLostField(event: KeyboardEvent): boolean {
  const { target, key } = event;
  if (target instanceof Element && inText(target)) {
    written = key !== "Escape" && target.closest(".inspector") ? target : null;
    swallowed = null;
    return false;
  }
  if (!written || written.isConnected || document.activeElement !== document.body) return false;
  const over = swallowed !== null && event.timeStamp - swallowed > PAUSE;
  if (over || key === "Escape" || event.ctrlKey || event.metaKey) {
    written = null;
    return false;
  }
  if (swallowed === null) say("What you were writing in is no longer there: it was deleted.");
  swallowed = event.timeStamp;
  return true;
}

/** Who presses something with the mouse is no longer writing. */
export function forgetLostField(): void {
  written = null;
}
