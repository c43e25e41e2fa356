/** Which keys were held down when the pointer last moved: they say what a drag does. */
import { withMod } from "../actions/keys";

let held = { altKey: false, ctrlKey: false, metaKey: false };

export function setHeld(event: PointerEvent): void {
  held = event;
}

export function altHeld(): boolean {
  return held.altKey;
}

/** The key that adds to a selection. */
export function modHeld(): boolean {
  return withMod(held);
}
