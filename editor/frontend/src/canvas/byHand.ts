/** What hands do to the drawing is loaded once the canvas is drawn: whatever they do before waits for it. */
import { arrived } from "../later";

type Hands = typeof import("./hands");

let hands: Hands | undefined;
let coming: Promise<Hands> | undefined;

/** Begin to load it. */
export function loadHands(): Promise<Hands> {
  coming ??= arrived(() => import("./hands")).then((loaded) => (hands = loaded));
  return coming;
}

/** Do this with it: at once where it is there, so that a drag is answered in its own frame. */
export function byHand(act: (hands: Hands) => void): void {
  if (hands) act(hands);
  else void loadHands().then(act);
}
