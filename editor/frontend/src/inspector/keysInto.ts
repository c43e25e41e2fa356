/** What leads the keys into a field as soon as it is there: left on the button beside it, they mean something on the canvas. */
import { flushSync } from "react-dom";

/** Do what makes a field, and have all of it ready to be written over: of an expression, what is in its braces. */
export function keysInto(id: string, make: () => void): void {
  flushSync(make);
  const field = document.getElementById(id);
  const control = field?.matches("[role=group]") ? field.querySelector<HTMLElement>("input, select, textarea") : field;
  control?.focus();
  if (!(control instanceof HTMLInputElement || control instanceof HTMLTextAreaElement)) return;
  const inner = /^\{\{ (.*) \}\}$/s.exec(control.value);
  if (inner?.[1] !== undefined) control.setSelectionRange(3, 3 + inner[1].length);
  else control.select();
}
