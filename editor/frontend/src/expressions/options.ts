/** What can be completed at the caret: names, keys, items, functions and methods, best first. */
import type { CaretContext } from "./caret";

/** A key or item as the server tells it; see `POST …/evaluate/`. */
export interface Member {
  readonly key: string | number;
  readonly type: string;
  readonly sample: string;
  /** No run has given it: a declaration, pin or example promises it. */
  readonly expected: boolean;
}

export interface Offered {
  readonly name: string;
  readonly usage: string;
  readonly gives: string;
}

export interface Language {
  readonly functions: readonly Offered[];
  readonly methods: Readonly<Record<string, readonly Offered[]>>;
}

export interface Option {
  readonly label: string;
  /** What replaces the text from the context's beginning. */
  readonly insert: string;
  /** How far before the end of that the caret goes, as into the brackets of a call. */
  readonly back: number;
  readonly type: string;
  readonly detail: string;
  readonly expected: boolean;
}

/** What a dot may be followed by: the server reads such names as they are written. */
const PLAIN = /^[A-Za-z_][A-Za-z0-9_]*$/;
const MOST = 60;
const RESERVED: ReadonlySet<string> = new Set(
  "False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield".split(" "),
);

/** How a key or item is read of the value that `owner` stands for. */
export function access(key: string | number): string {
  if (typeof key === "number") return `[${key}]`;
  return PLAIN.test(key) && !RESERVED.has(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}

/** The way to a value, from its name on: `nodes["fetch"].items[0]`. */
export function pathOf(keys: readonly (string | number)[]): string {
  const [name, ...rest] = keys;
  if (name === undefined) return "";
  const [first, ...others] = rest;
  // Nodes are called by their names, which may have dashes: always in the same form.
  if (name === "nodes" && typeof first === "string") {
    return `nodes[${JSON.stringify(first)}]${others.map(access).join("")}`;
  }
  return String(name) + rest.map(access).join("");
}

/** All that fits what is being written, best first. */
export function optionsFor(
  context: CaretContext,
  members: readonly Member[],
  language: Language,
  ownerType: string | null,
): Option[] {
  const all = context.form === "name" ? names(members, language) : parts(context, members, language, ownerType);
  const word = context.word.toLowerCase();
  return all
    .map((option, place) => ({ option, place, rank: rankOf(option.label, word) }))
    .filter(({ rank }) => rank < 3)
    .sort((one, other) => one.rank - other.rank || one.place - other.place)
    .slice(0, MOST)
    .map(({ option }) => option);
}

function names(members: readonly Member[], language: Language): Option[] {
  const known = members.map(({ key, type, sample, expected }) => ({
    label: String(key),
    insert: String(key),
    back: 0,
    type,
    detail: sample,
    expected,
  }));
  return [...known, ...language.functions.map((one) => call(one, one.name))];
}

function parts(
  context: CaretContext,
  members: readonly Member[],
  language: Language,
  ownerType: string | null,
): Option[] {
  const nodes = context.owner === "nodes";
  const keys = members.map(({ key, type, sample, expected }) => {
    const quoted = `[${JSON.stringify(key)}]`;
    const insert = context.form === "key" || nodes ? quoted : access(key);
    return { label: typeof key === "number" ? `[${key}]` : key, insert, back: 0, type, detail: sample, expected };
  });
  const methods = context.form === "member" && ownerType !== null ? (language.methods[ownerType] ?? []) : [];
  return [...keys, ...methods.map((one) => call(one, `.${one.name}`))];
}

function call(offered: Offered, begin: string): Option {
  const takes = !offered.usage.endsWith("()");
  const label = offered.usage.replace(/^(text|list|object)\./, "");
  return { label, insert: `${begin}()`, back: takes ? 1 : 0, type: "call", detail: offered.gives.replaceAll("`", ""), expected: false };
}

/** 0 begins so, 1 a word in it does, 2 has it somewhere, 3 not at all. */
function rankOf(label: string, word: string): number {
  if (!word) return 0;
  const text = label.toLowerCase();
  if (text.startsWith(word)) return 0;
  const place = text.replace(/\(.*/, "").indexOf(word);
  return place < 0 ? 3 : /[_\W]/.test(text.charAt(place - 1)) ? 1 : 2;
}

/** Where a dropped or chosen value goes into a text: the new text, and where the caret is then. */
export function withPath(
  text: string,
  place: number,
  path: string,
  within: boolean,
): { text: string; caret: number } {
  const put = within ? path : `{{ ${path} }}`;
  return { text: text.slice(0, place) + put + text.slice(place), caret: place + put.length };
}
