/** Values that are too large to be sent with their event: where they are, and how they are read. */
import { createContext, useContext } from "react";

import { addressOf, get } from "../api/http";
import { type Cut, cutOf } from "../model/cut";
import type { Json } from "../model/types";
import { useRuns } from "../store/runs";

/** Some parts of a value: items, entries, or a piece of a text. */
export interface Page {
  readonly length: number;
  readonly offset: number;
  readonly items?: readonly Json[];
  readonly entries?: Readonly<Record<string, Json>>;
  readonly text?: string;
  readonly value?: Json;
}

/** The path as a JSON pointer (RFC 6901). */
export function pointer(path: readonly string[]): string {
  return path.map((key) => `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

function address(run: string | null, { seq, path }: Cut, more: string): string {
  return `runs/${run}/values/?seq=${seq}&at=${encodeURIComponent(pointer(path))}&${more}`;
}

/** Whose values are shown, where that is not the shown run. */
export const RunOfValues = createContext<string | null>(null);

/** How the large values in this place are read: some of their parts, and the whole as a file. */
export function useLarge(): { pageOf: (cut: Cut, offset: number, limit: number) => Promise<Page>; downloadOf: (cut: Cut) => string } {
  const other = useContext(RunOfValues);
  const shown = useRuns((state) => state.shown);
  const run = other ?? shown;
  return {
    pageOf: (cut, offset, limit) => get<Page>(address(run, cut, `offset=${offset}&limit=${limit}`)),
    downloadOf: (cut) => addressOf(address(run, cut, "whole=true")),
  };
}

function wholeOf(cut: Cut): Promise<Json> {
  return get<Json>(address(useRuns.getState().shown, cut, "whole=true"));
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

export function bytes(size: number): string {
  if (size < 1000) return `${size} B`;
  return size < 1e6 ? `${Math.round(size / 1e3)} kB` : `${(size / 1e6).toFixed(1)} MB`;
}
