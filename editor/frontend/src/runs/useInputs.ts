/** What went into the items in view, also where their list is too large for its event: then it is read page by page. */
import { useEffect, useRef, useState } from "react";

import { ApiError } from "../api/http";
import type { Json } from "../model/types";
import type { Item } from "./items";
import { pointer, useLarge } from "./large";

const PAGE = 100;
/** Who scrolls past does not ask; in ms. */
const PAUSE = 120;

function pageOf({ from, index }: Item): string | null {
  return from ? `${from.seq}${pointer(from.path)}:${Math.floor(index / PAGE)}` : null;
}

/** Return what gives the input of an item, as soon as it is known. */
export function useInputs(shown: readonly Item[]): (item: Item) => Json | undefined {
  const read = useRef(new Map<string, readonly Json[]>());
  const [, setRead] = useState(0);
  const large = useLarge();
  const wanted = shown.filter((item) => item.input === undefined && item.from && !read.current.has(pageOf(item) ?? ""));
  const asked = [...new Set(wanted.map(pageOf))].join();
  useEffect(() => {
    if (!asked) return;
    const later = setTimeout(() => {
      for (const item of wanted) {
        const page = pageOf(item);
        if (!page || !item.from || read.current.has(page)) continue;
        // What cannot be read is not asked for again; the item itself says why.
        read.current.set(page, []);
        large.pageOf(item.from, Math.floor(item.index / PAGE) * PAGE, PAGE).then(
          ({ items = [] }) => {
            read.current.set(page, items);
            setRead((count) => count + 1);
          },
          (error: unknown) => {
            if (!(error instanceof ApiError)) throw error;
          },
        );
      }
    }, PAUSE);
    return () => clearTimeout(later);
  }, [asked]);
  return (item) => item.input ?? read.current.get(pageOf(item) ?? "")?.[item.index % PAGE];
}
