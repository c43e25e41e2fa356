/** The schema that a value shows: which keys there are, of what type, and which of them not always. */
import { cutOf } from "./cut";
import type { Json, JsonObject } from "./types";

export type Type = "text" | "number" | "boolean" | "null" | "object" | "list";

export interface Inferred {
  readonly types: readonly Type[];
  /** Of objects: their keys in the order in which they came up. */
  readonly keys: ReadonlyMap<string, InferredKey>;
  /** Of lists: what their items are, together. */
  readonly items: Inferred | null;
  /** Of lists: how many items the longest has. */
  readonly length: number;
  /** The first text, number or boolean. */
  readonly sample: Json | undefined;
}

export interface InferredKey extends Inferred {
  /** Some of the objects do not have it. */
  readonly optional: boolean;
}

/** Of long lists and wide objects so much is looked at. */
const MOST_ITEMS = 1000;
const MOST_KEYS = 300;
const DEEPEST = 12;

const KINDS: Record<string, Type> = { list: "list", object: "object", text: "text", other: "number" };

export function typeOf(value: Json): Type {
  const cut = cutOf(value);
  if (cut) return KINDS[cut.kind] ?? "object";
  if (value === null) return "null";
  if (Array.isArray(value)) return "list";
  if (typeof value === "object") return "object";
  return typeof value === "string" ? "text" : typeof value === "number" ? "number" : "boolean";
}

/** What these values have in common, and what not. */
export function schemaOf(values: readonly Json[], depth = 0): Inferred {
  const whole = values.slice(0, MOST_ITEMS);
  // Of what is cut, its first parts tell what it is made of.
  const some = whole.map((value) => cutOf(value)?.some ?? value);
  const objects = some.filter((value): value is JsonObject => typeOf(value) === "object" && !cutOf(value));
  const lists = some.filter((value): value is Json[] => Array.isArray(value));
  const keys = new Map<string, InferredKey>();
  if (depth < DEEPEST) {
    const found = new Map<string, Json[]>();
    for (const object of objects) {
      for (const [key, value] of Object.entries(object)) {
        const before = found.get(key);
        if (before) before.push(value);
        else if (found.size < MOST_KEYS) found.set(key, [value]);
      }
    }
    for (const [key, parts] of found) keys.set(key, { ...schemaOf(parts, depth + 1), optional: parts.length < objects.length });
  }
  const items = lists.flatMap((list) => list.slice(0, MOST_ITEMS));
  return {
    types: [...new Set(whole.map(typeOf))],
    keys,
    items: items.length && depth < DEEPEST ? schemaOf(items, depth + 1) : null,
    length: whole.reduce<number>((most, value) => Math.max(most, Array.isArray(value) ? value.length : (cutOf(value)?.length ?? 0)), 0),
    sample: some.find((value) => value !== null && typeof value !== "object"),
  };
}

export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (Json | undefined)[])[];
}

const MOST_COLUMNS = 40;

/** A list as rows, of objects with a column for each of their keys; an object as rows of key and value. */
export function tableOf(value: Json): Table | null {
  if (Array.isArray(value)) {
    const columns = new Set<string>();
    let plain = false;
    for (const item of value) {
      if (typeOf(item) !== "object") plain = true;
      else for (const key of Object.keys(item as JsonObject)) if (columns.size < MOST_COLUMNS) columns.add(key);
    }
    if (!columns.size) return { columns: ["value"], rows: value.map((item) => [item]) };
    const rows = value.map((item) => {
      const object = typeOf(item) === "object" ? (item as JsonObject) : null;
      const cells = [...columns].map((key) => object?.[key]);
      return plain ? [object ? undefined : item, ...cells] : cells;
    });
    return { columns: plain ? ["value", ...columns] : [...columns], rows };
  }
  if (value === null || typeof value !== "object" || cutOf(value)) return null;
  return { columns: ["key", "value"], rows: Object.entries(value) };
}
