/** Where a place in a text area is on the screen: a copy of it is laid out and measured. */

const COPIED = [
  "boxSizing", "borderTopWidth", "borderRightWidth", "borderBottomWidth", "borderLeftWidth", "paddingTop",
  "paddingRight", "paddingBottom", "paddingLeft", "fontFamily", "fontSize", "fontWeight", "fontStyle",
  "letterSpacing", "lineHeight", "tabSize", "textIndent", "textTransform", "wordSpacing", "whiteSpace",
  "overflowWrap", "wordBreak",
] as const;

export interface ScreenPlace {
  readonly x: number;
  readonly top: number;
  readonly bottom: number;
}

export function placeOnScreen(area: HTMLTextAreaElement | HTMLInputElement, at: number): ScreenPlace {
  const copy = document.createElement("div");
  const style = getComputedStyle(area);
  for (const name of COPIED) copy.style[name] = style[name];
  copy.style.position = "fixed";
  copy.style.top = "0";
  copy.style.left = "0";
  copy.style.visibility = "hidden";
  copy.style.width = `${area.offsetWidth}px`;
  copy.style.borderStyle = "solid";
  if (area instanceof HTMLInputElement) copy.style.whiteSpace = "pre";
  copy.textContent = area.value.slice(0, at);
  const mark = document.createElement("span");
  mark.textContent = "​";
  copy.append(mark);
  document.body.append(copy);
  const found = mark.getBoundingClientRect();
  copy.remove();
  const box = area.getBoundingClientRect();
  const top = box.top + found.top - area.scrollTop;
  return {
    x: Math.min(box.right, Math.max(box.left, box.left + found.left - area.scrollLeft)),
    top: Math.max(box.top, Math.min(top, box.bottom)),
    bottom: Math.max(box.top, Math.min(top + found.height, box.bottom)),
  };
}
