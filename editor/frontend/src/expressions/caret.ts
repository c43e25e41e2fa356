/** Where the caret stands in a text with expressions: what is being written there, and of what. */

import { endOf } from "../model/mentions";

export interface CaretContext {
  /** The expression before the dot or bracket; "" where a name is being written. */
  readonly owner: string;
  /** What is written of the name or key so far. */
  readonly word: string;
  /** From where to where a completion replaces the text. */
  readonly from: number;
  readonly to: number;
  /** A key is being written within brackets (`input["to`), a name, or a member after a dot. */
  readonly form: "name" | "member" | "key";
}

const IDENTIFIER = /[\p{L}\p{N}_]/u;

/** The expression that the caret is in: where it begins and ends in the text; null where it is in none. */
export function expressionAt(text: string, caret: number, bare: boolean): { start: number; end: number } | null {
  if (bare && !text.includes("{{")) return { start: 0, end: text.length };
  let place = 0;
  for (;;) {
    const start = text.indexOf("{{", place);
    if (start < 0 || start + 2 > caret) return null;
    const end = endOf(text, start + 2);
    if (caret <= end) return { start: start + 2, end };
    place = end + 2;
  }
}

/** The quote of the text that is open before `end`, and where it began. */
function openText(source: string, end: number): { quote: string; at: number } | null {
  let open: { quote: string; at: number } | null = null;
  for (let place = 0; place < end; place += 1) {
    const sign = source.charAt(place);
    if (open) {
      if (sign === "\\") place += 1;
      else if (sign === open.quote) open = null;
    } else if (sign === "'" || sign === '"') open = { quote: sign, at: place };
  }
  return open;
}

/** What is being written at the caret; null where nothing can be completed, as within a text. */
export function contextAt(text: string, caret: number, bare: boolean): CaretContext | null {
  const within = expressionAt(text, caret, bare);
  if (!within) return null;
  const source = text.slice(within.start, within.end);
  const at = caret - within.start;
  const open = openText(source, at);
  if (open) {
    // Of texts only a key in brackets is completed: nodes["fe
    const before = source.slice(0, open.at).trimEnd();
    if (!before.endsWith("[")) return null;
    const owner = chainBefore(before, before.length - 1);
    if (!owner) return null;
    let to = at;
    while (to < source.length && source.charAt(to) !== open.quote && source.charAt(to) !== "\n") to += 1;
    const closed = source.charAt(to) === open.quote;
    const key = source.slice(open.at + 1, at);
    const rest = closed ? (source.charAt(to + 1) === "]" ? to + 2 : to + 1) : at;
    return { owner, word: key, from: within.start + before.length - 1, to: within.start + rest, form: "key" };
  }
  let from = at;
  while (from > 0 && IDENTIFIER.test(source.charAt(from - 1))) from -= 1;
  const word = source.slice(from, at);
  if (/^\p{N}/u.test(word)) return null;
  let to = at;
  while (to < source.length && IDENTIFIER.test(source.charAt(to))) to += 1;
  const before = source.slice(0, from).trimEnd();
  if (before.endsWith("[") && !word) {
    const owner = chainBefore(before, before.length - 1);
    if (owner) {
      const rest = source.charAt(at) === "]" ? at + 1 : at;
      return { owner, word: "", from: within.start + before.length - 1, to: within.start + rest, form: "key" };
    }
  }
  if (before.endsWith(".")) {
    const owner = chainBefore(before, before.length - 1);
    if (!owner || /^\d+$/.test(owner)) return null;
    return { owner, word, from: within.start + before.length - 1, to: within.start + to, form: "member" };
  }
  return { owner: "", word, from: within.start + from, to: within.start + to, form: "name" };
}

const PAIRS: Readonly<Record<string, string>> = { ")": "(", "]": "[", "}": "{" };

/** The expression of names, keys and calls that ends before `end`: `input.items()[0]`. */
export function chainBefore(source: string, end: number): string {
  let place = end;
  for (;;) {
    while (place > 0 && source.charAt(place - 1) === " ") place -= 1;
    const sign = source.charAt(place - 1);
    if (sign in PAIRS) {
      const start = matching(source, place - 1);
      if (start < 0) return "";
      place = start;
      // A list or object of its own has nothing before it.
      if (sign === "}") break;
      const before = source.charAt(place - 1);
      if (!IDENTIFIER.test(before) && before !== ")" && before !== "]") break;
      continue;
    }
    if (sign === "'" || sign === '"') {
      let start = place - 2;
      while (start >= 0 && (source.charAt(start) !== sign || source.charAt(start - 1) === "\\")) start -= 1;
      place = Math.max(0, start);
      break;
    }
    const word = place;
    while (place > 0 && IDENTIFIER.test(source.charAt(place - 1))) place -= 1;
    if (place === word) return "";
    if (source.charAt(place - 1) !== ".") break;
    place -= 1;
  }
  return source.slice(place, end).trim();
}

/** Where the bracket that closes at `close` was opened, or -1. */
function matching(source: string, close: number): number {
  const stack: number[] = [];
  let quote = "";
  for (let place = 0; place <= close; place += 1) {
    const sign = source.charAt(place);
    if (quote) {
      if (sign === "\\") place += 1;
      else if (sign === quote) quote = "";
    } else if (sign === "'" || sign === '"') quote = sign;
    else if ("([{".includes(sign)) stack.push(place);
    else if (sign in PAIRS) {
      const start = stack.pop();
      if (start === undefined || source.charAt(start) !== PAIRS[sign]) return -1;
      if (place === close) return start;
    }
  }
  return -1;
}
