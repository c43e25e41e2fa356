/** Keys to actions: one listener for the page; text fields and open dialogs keep their keys. */
import { inText } from "../canvas/clipboard";
import { bringIntoView } from "../canvas/view";
import { awaitFields, keepsKey } from "../store/ahead";
import { select, useSelection } from "../store/selection";
import { say, useUi } from "../store/ui";
import { isReading } from "../store/versions";
import { matches } from "./keys";
import { forgetLostField, isForLostField } from "./lostField";
import { actions, isPossible } from "./list";

/** These work while writing, too: they mean nothing to a text field. */
const ALWAYS = new Set(["save", "publish", "commands", "run", "drawer"]);

function onButton(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest("button, a, [role=tab], [role=separator]") !== null;
}

/** Browsers press a button by Ctrl+Enter as well, but who does that means the run. */
function isForButton({ key, ctrlKey, metaKey }: KeyboardEvent): boolean {
  return key === "Enter" ? !ctrlKey && !metaKey : /^(Arrow| )/.test(key);
}

/** Tab adds a node only where it would not take the way of the keyboard from someone. */
function onCanvas(target: EventTarget | null): boolean {
  if (target === document.body) return true;
  if (!(target instanceof Element) || !target.closest(".canvas")) return false;
  return !target.matches(":focus-visible");
}

/** Do what the key means where it was pressed. */
export function onKeyDown(event: KeyboardEvent): void {
  if (event.isComposing) return;
  if (keepsKey(event) || isForLostField(event)) {
    event.preventDefault();
    return;
  }
  if (event.defaultPrevented) return;
  const { quickAdd, joining, menu, offer, dialog: opening } = useUi.getState();
  // One that is still being loaded has the keys already.
  const dialog = opening ?? document.querySelector("dialog[open]");
  const writing = inText(event.target);
  let why: (() => string) | undefined;
  for (const action of actions()) {
    if (action.native || !action.keys?.some((keys) => matches(event, keys))) continue;
    if ((writing || dialog || quickAdd || joining || menu || offer) && !ALWAYS.has(action.name)) continue;
    if (event.key === "Tab" && !onCanvas(event.target)) continue;
    if (onButton(event.target) && isForButton(event)) continue;
    if (!isPossible(action)) {
      if (action.name === "undo" || action.name === "redo") event.preventDefault();
      if (action.why && !isReading()) why ??= action.why;
      continue;
    }
    event.preventDefault();
    action.perform();
    return;
  }
  if (!why) return;
  event.preventDefault();
  say(why());
}

/** The node that the keys have come to is the one that actions mean, and is brought into view. */
function onFocus({ target }: FocusEvent): void {
  if (!(target instanceof Element) || !target.matches(".react-flow__node:focus-visible")) return;
  const id = target.getAttribute("data-id");
  if (id === null || useSelection.getState().nodes.has(id)) return;
  select([id]);
  bringIntoView(id);
}

/** Listen for as long as the page is there. */
export function listenToKeys(): void {
  awaitFields();
  window.addEventListener("keydown", onKeyDown);
  window.addEventListener("pointerdown", forgetLostField, true);
  document.addEventListener("focusin", onFocus);
}
