/** Puts the way to a value into a field: by a drop, a press or a key, where the caret is. */
import { useEffect, useRef } from "react";

import type { Json } from "../model/types";
import { asStep } from "../store/document";
import { say } from "../store/ui";
import { expressionAt } from "./caret";
import { withPath } from "./options";
import { useActive } from "./place";

/** What a dragged value is known by. */
export const PATH = "application/x-conductor-path";

interface Taker {
  readonly value: Json | undefined;
  /** Text is written into it; else the value as a whole is computed. */
  readonly textual: boolean;
  /** It is an expression without braces. */
  readonly bare: boolean;
  readonly write: (value: Json) => void;
}

const takers = new Map<string, { readonly current: Taker }>();

/** Let the field with this id take what is dragged onto it; null where it takes nothing. */
export function useTaker(id: string, taker: Taker | null): void {
  const now = useRef<Taker | null>(taker);
  now.current = taker;
  const takes = taker !== null;
  useEffect(() => {
    if (!takes) return;
    takers.set(id, now as { readonly current: Taker });
    return () => {
      takers.delete(id);
    };
  }, [id, takes]);
}

/** The innermost field at an element that takes values. */
export function takerAt(element: EventTarget | null): HTMLElement | null {
  for (let at = element instanceof Element ? element : null; at; at = at.parentElement) {
    if (at instanceof HTMLElement && takers.has(at.id)) return at;
    // Around a field are its label and tools; they stand for it.
    const inner = at.matches("[data-testid^='field-']") ? at.querySelector<HTMLElement>("[id^='parameter-']") : null;
    if (inner && takers.has(inner.id)) return inner;
  }
  return null;
}

type Area = HTMLTextAreaElement | HTMLInputElement;

function isArea(element: Element | null): element is Area {
  return element instanceof HTMLTextAreaElement || element instanceof HTMLInputElement;
}

/** Where in its text something was dropped, as far as the browser says so. */
export function placeAt(area: Element, x: number, y: number): number | null {
  const found = document.caretPositionFromPoint?.(x, y);
  return found && found.offsetNode === area ? found.offset : null;
}

/** Put a path into a field. Answers whether the field is there and takes it. */
export function putPath(id: string, path: string, dropped: number | null = null): boolean {
  const taker = takers.get(id)?.current;
  const element = document.getElementById(id);
  if (!taker || !element) return false;
  if (!taker.textual || !isArea(element)) {
    asStep(() => taker.write(`{{ ${path} }}`));
    focusOn(id, null);
    return true;
  }
  const text = element.value;
  const blank = /^\s*(\{\{\s*\}\}\s*)?$/.test(text);
  const place = dropped ?? element.selectionStart ?? text.length;
  const made = blank
    ? withPath("", 0, path, taker.bare)
    : withPath(text, place, path, expressionAt(text, place, taker.bare) !== null);
  asStep(() => taker.write(made.text));
  focusOn(id, made.caret);
  return true;
}

/** Put a path into the field that was last in use. */
export function insertPath(path: string): void {
  const { field } = useActive.getState();
  if (field === null || !putPath(field, path)) say("Press into a field first: what you choose here is put in at its caret.");
}

function focusOn(id: string, caret: number | null): void {
  // The literal field may have given way to one for expressions.
  requestAnimationFrame(() => {
    const element = document.getElementById(id);
    element?.focus();
    if (caret !== null && isArea(element)) element.setSelectionRange(caret, caret);
  });
}
