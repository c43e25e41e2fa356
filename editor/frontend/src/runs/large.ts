/** Values that are too large to be sent with their event: where they are, and how they are read. */
import { createContext, useContext, useEffect, useState } from "react";

import { addressOf, ApiError, get } from "../api/http";
import { type Cut, cutOf } from "../model/cut";
import type { Json } from "../model/types";
import { useRuns } from "../store/runs";
import { say } from "../store/ui";

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

type PageOf = (cut: Cut, offset: number, limit: number) => Promise<Page>;

interface Large {
  pageOf: PageOf;
  downloadOf: (cut: Cut) => string;
  /** The value with all that was cut from it. */
  wholeOf: (value: Json) => Promise<Json>;
}

/** How the large values in this place are read: some of their parts, and the whole. */
export function useLarge(): Large {
  const other = useContext(RunOfValues);
  const shown = useRuns((state) => state.shown);
  const run = other ?? shown;
  return {
    pageOf: (cut, offset, limit) => get<Page>(address(run, cut, `offset=${offset}&limit=${limit}`)),
    downloadOf: (cut) => addressOf(address(run, cut, "whole=true")),
    wholeOf: (value) => whole(value, run),
  };
}

/** The parts of a large value from an offset on; null until they are here. */
export function usePage(cut: Cut, offset: number, limit: number): Page | null {
  const { pageOf } = useLarge();
  const [page, setPage] = useState<Page | null>(null);
  useEffect(() => {
    let stale = false;
    pageOf(cut, offset, limit).then(
      (found) => void (stale || setPage(found)),
      (error: unknown) => {
        if (!(error instanceof ApiError)) throw error;
        say(error.message, "danger");
      },
    );
    return () => {
      stale = true;
    };
  }, [cut.seq, cut.path.join("/"), offset, limit]);
  return page;
}

/** What a page has of its value. */
export function partsOf({ items, entries, text, value }: Page): Json {
  return items ? [...items] : entries ? { ...entries } : (text ?? value ?? null);
}

/** A value in which something else stands for all that is cut; it is cut in objects only, and where several came in one list. */
async function filled(value: Json, fill: (cut: Cut) => Promise<Json>, lists = true): Promise<Json> {
  const cut = cutOf(value);
  if (cut) return fill(cut);
  if (Array.isArray(value)) return lists ? Promise.all(value.map((item) => filled(item, fill, false))) : value;
  if (value === null || typeof value !== "object") return value;
  const parts = Object.entries(value).map(async ([key, part]) => [key, await filled(part, fill, false)] as const);
  return Object.fromEntries(await Promise.all(parts));
}

/** A value with all that was cut from it. */
export function whole(value: Json, run = useRuns.getState().shown): Promise<Json> {
  return filled(value, (cut) => get<Json>(address(run, cut, "whole=true")));
}

/** A value whose cuts have their first parts with them. */
export function sampled(value: Json, pageOf: PageOf, limit: number): Promise<Json> {
  return filled(value, async (cut) => ({ $cut: { ...cut, some: partsOf(await pageOf(cut, 0, limit)) } }) as unknown as Json);
}

export function bytes(size: number): string {
  if (size < 1000) return `${size} B`;
  return size < 1e6 ? `${Math.round(size / 1e3)} kB` : `${(size / 1e6).toFixed(1)} MB`;
}
