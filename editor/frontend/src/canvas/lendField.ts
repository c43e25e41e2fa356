/** Firefox pastes by Ctrl+Shift+V only where text is written: for that moment, the keys are in a field. */

/** True in Firefox; other browsers tell the page of such a paste wherever the keys are. */
const pastesIntoTextOnly = (): boolean => CSS.supports("-moz-appearance", "none");

/** While the key that is going down pastes, give it a field to paste into; hand on what it pastes. */
export function lendField(pasted: (event: ClipboardEvent) => void): void {
  if (!pastesIntoTextOnly()) return;
  const before = document.activeElement;
  const field = document.createElement("textarea");
  Object.assign(field.style, { position: "fixed", top: "0", width: "1px", height: "1px", opacity: "0" });
  field.setAttribute("aria-hidden", "true");
  const giveBack = (): void => {
    if (!field.isConnected) return;
    field.remove();
    if (before instanceof HTMLElement) before.focus({ preventScroll: true });
  };
  field.addEventListener("paste", (event) => {
    event.stopPropagation();
    // Before what comes is selected: a node that gets the keys is.
    giveBack();
    pasted(event);
  });
  document.body.append(field);
  field.focus({ preventScroll: true });
  // An empty clipboard pastes nothing.
  setTimeout(giveBack);
}
