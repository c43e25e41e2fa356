/** Keys that are pressed before the field is there that they are meant for: kept, and given to it. */
import { useUi } from "./ui";

type Ui = ReturnType<typeof useUi.getState>;

/** A field that has not come by then may never come; in ms. */
const PATIENCE = 10_000;

const KEPT = new Set(["Enter", "Backspace", "ArrowUp", "ArrowDown"]);

/** None where no field is awaited. */
let kept: string[] | null = null;
let since = 0;

/** What has been asked for, and has a field that takes the keys. */
function askedFor({ dialog, quickAdd, joining, writing }: Ui): unknown {
  return dialog ?? quickAdd ?? joining ?? writing;
}

/** Await the field of whatever is asked for, for as long as the page is there. */
export function awaitFields(): void {
  useUi.subscribe((now, before) => {
    const asked = askedFor(now);
    if (asked === askedFor(before)) return;
    kept = asked === null ? null : [];
    since = performance.now();
  });
  // Who presses something with the mouse goes on elsewhere.
  window.addEventListener("pointerdown", giveUp, true);
}

/** Ask no longer for what is not there yet. */
function giveUp(): void {
  if (kept) useUi.setState({ dialog: null, quickAdd: null, joining: null, writing: null });
}

/** Keep a key for the field that is awaited; false where none is, or no field would take the key. */
export function keepsKey(event: KeyboardEvent): boolean {
  if (!kept || performance.now() - since > PATIENCE) return false;
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  if (event.key === "Escape") {
    giveUp();
    return true;
  }
  if (event.key.length > 1 && !KEPT.has(event.key)) return false;
  kept.push(event.key);
  return true;
}

/** The field is there and has the focus: press for it what was pressed before. */
export function giveKeys(): void {
  const keys = kept ?? [];
  kept = null;
  void pressAll(keys);
}

async function pressAll(keys: readonly string[]): Promise<void> {
  for (const key of keys) {
    press(key);
    // What the key changes is on the page before the next one, and that before any that comes now.
    await Promise.resolve();
  }
}

function press(key: string): void {
  const target = document.activeElement ?? document.body;
  const taken = !target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  if (taken || !(target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement)) return;
  // Deprecated, and the one way to type that a field takes for typing, which can be undone.
  if (key.length === 1) document.execCommand("insertText", false, key);
  else if (key === "Backspace") document.execCommand("delete");
  else if (key === "Enter" && target instanceof HTMLTextAreaElement) document.execCommand("insertText", false, "\n");
  else if (key === "Enter") target.form?.requestSubmit();
}
