/** A parameter's value with one text in its expressions replaced by another, as problems offer it. */
import type { Json } from "./types";

const WORD = /[\p{L}\p{N}_]/u;

/** Only whole words count: `input.net` is not replaced in `input.network`. */
export function corrected(value: Json | undefined, written: string, instead: string): Json | undefined {
  if (typeof value === "string") return inText(value, written, instead);
  if (Array.isArray(value)) return value.map((part) => corrected(part, written, instead) ?? null);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, corrected(part, written, instead) ?? null]));
}

function inText(text: string, written: string, instead: string): string {
  let made = "";
  let place = 0;
  for (;;) {
    const found = text.indexOf(written, place);
    if (found < 0) return made + text.slice(place);
    const after = text.charAt(found + written.length);
    const before = text.charAt(found - 1);
    const whole = !WORD.test(after) && !WORD.test(before) && before !== ".";
    made += text.slice(place, found) + (whole ? instead : written);
    place = found + written.length;
  }
}
