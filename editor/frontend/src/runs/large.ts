/** Values that are too large to be sent with their event: where they are, and how they are read. */
import { addressOf, get } from "../api/http";
import type { Json } from "../model/types";
import { useRuns } from "../store/runs";

/** What stands in place of such a value; `path` leads to it in the data of the event `seq`. */
export interface Cut {
  readonly seq: number;
  readonly path: readonly string[];
  /** Bytes of its JSON, of which `start` is the beginning. */
  readonly size: number;
  readonly kind: "list" | "object" | "text" | "other";
  readonly length?: number;
  readonly start: string;
}

/** Some parts of a value: items, entries, or a piece of a text. */
export interface Page {
  readonly length: number;
  readonly offset: number;
  readonly items?: readonly Json[];
  readonly entries?: Readonly<Record<string, Json>>;
  readonly text?: string;
  readonly value?: Json;
}

export function cutOf(value: Json): Cut | null {
  const cut = value !== null && typeof value === "object" && !Array.isArray(value) ? value.$cut : null;
  return cut ? (cut as unknown as Cut) : null;
}

/** The path as a JSON pointer (RFC 6901). */
export function pointer(path: readonly string[]): string {
  return path.map((key) => `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

function address({ seq, path }: Cut, more: string): string {
  const { shown } = useRuns.getState();
  return `runs/${shown}/values/?seq=${seq}&at=${encodeURIComponent(pointer(path))}&${more}`;
}

export function pageOf(cut: Cut, offset: number, limit: number): Promise<Page> {
  return get<Page>(address(cut, `offset=${offset}&limit=${limit}`));
}

function wholeOf(cut: Cut): Promise<Json> {
  return get<Json>(address(cut, "whole=true"));
}

/** A value with all that was cut from it; it is cut in objects only, and where several came in one list. */
export async function whole(value: Json, lists = true): Promise<Json> {
  const cut = cutOf(value);
  if (cut) return wholeOf(cut);
  if (Array.isArray(value)) return lists ? Promise.all(value.map((item) => whole(item, false))) : value;
  if (value === null || typeof value !== "object") return value;
  const parts = Object.entries(value).map(async ([key, part]) => [key, await whole(part, false)] as const);
  return Object.fromEntries(await Promise.all(parts));
}

/** Where the browser gets all of it as a file. */
export function downloadOf(cut: Cut): string {
  return addressOf(address(cut, "whole=true"));
}

export function bytes(size: number): string {
  if (size < 1000) return `${size} B`;
  return size < 1e6 ? `${Math.round(size / 1e3)} kB` : `${(size / 1e6).toFixed(1)} MB`;
}
