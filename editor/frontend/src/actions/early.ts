/** What keys do is loaded beside the canvas: a key that is pressed before waits for it. */
import { arrived } from "../later";

export function listenToKeysWhenLoaded(): void {
  const early: KeyboardEvent[] = [];
  const keep = (event: KeyboardEvent) => void early.push(event);
  window.addEventListener("keydown", keep);
  void arrived(() => import("./shortcuts")).then(({ listenToKeys, onKeyDown }) => {
    window.removeEventListener("keydown", keep);
    listenToKeys();
    early.forEach(onKeyDown);
  });
}
