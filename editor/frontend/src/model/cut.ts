/** What stands in an event in place of a value that is too large to be sent with it. */
import type { Json } from "./types";

/** `path` leads to the value in the data of the event `seq`. */
export interface Cut {
  readonly seq: number;
  readonly path: readonly string[];
  /** Bytes of its JSON, of which `start` is the beginning. */
  readonly size: number;
  readonly kind: "list" | "object" | "text" | "other";
  readonly length?: number;
  readonly start: string;
  /** Of its JSON; journals of older times do not tell it. */
  readonly sha256?: string;
  /** The first parts of the value, where the page has read them. */
  readonly some?: Json;
}

export function cutOf(value: Json): Cut | null {
  const cut = value !== null && typeof value === "object" && !Array.isArray(value) ? value.$cut : null;
  return cut ? (cut as unknown as Cut) : null;
}

/** All that is cut in a value: the value itself, or what stands in its objects; in lists only at the top. */
export function cutsIn(value: Json, lists = true): Cut[] {
  const cut = cutOf(value);
  if (cut) return [cut];
  if (value === null || typeof value !== "object" || (Array.isArray(value) && !lists)) return [];
  return Object.values(value).flatMap((part) => cutsIn(part, false));
}
