/** Other blueprints: their names, and what their published versions declare; read when first asked for. */
import { useEffect } from "react";
import { create } from "zustand";

import { ApiError, get } from "../api/http";
import type { JsonObject } from "../model/types";
import { may } from "./rights";

export interface Other {
  id: string;
  name: string;
  published: { number: number } | null;
}

/** What a blueprint's published version declares to those who run it. */
export interface Interface {
  id: string;
  name: string;
  version: number | null;
  inputs: Record<string, JsonObject>;
  outputs: string[];
  error_trigger: boolean;
}

/** A blueprint whose published version names this one. */
export interface Using {
  blueprint: string;
  name: string;
  version: number;
  kind: "call" | "error" | "after";
  nodes: string[];
}

interface OthersState {
  /** Null until they were asked for. */
  list: readonly Other[] | null;
  interfaces: Readonly<Record<string, Interface>>;
}

const useOthers = create<OthersState>(() => ({ list: null, interfaces: {} }));

const PAGES = 10;
let asked = false;

async function load(): Promise<void> {
  const list: Other[] = [];
  let path: string | null = "blueprints/?limit=200";
  for (let page = 0; path && page < PAGES; page += 1) {
    const answer: { next: string | null; results: Other[] } = await get(path);
    list.push(...answer.results);
    const next: URL | null = answer.next ? new URL(answer.next) : null;
    path = next && next.pathname + next.search;
  }
  list.sort((a, b) => a.name.localeCompare(b.name));
  useOthers.setState({ list });
}

/** There is one more: what is known of all is asked for again. */
export function askAgain(): void {
  if (!asked) return;
  load().catch(() => {
    asked = false;
  });
}

/** The owner's blueprints by name; null until they have come, and for all others. */
export function useBlueprints(): readonly Other[] | null {
  const list = useOthers((state) => state.list);
  useEffect(() => {
    if (asked || !may("own")) return;
    asked = true;
    load().catch(() => {
      asked = false; // The next field that is shown asks again.
    });
  }, []);
  return list;
}

/** The blueprint that a text means: its id, or the only one of that name. */
export function meant(list: readonly Other[] | null, text: string): Other | undefined {
  const found = list?.filter((one) => one.id === text || one.name === text) ?? [];
  return found.length === 1 ? found[0] : found.find((one) => one.id === text);
}

/** What the blueprint that a text means declares; null while that is not known. */
export function useInterface(text: string): Interface | null {
  const list = useBlueprints();
  const id = meant(list, text)?.id ?? null;
  const known = useOthers((state) => (id ? (state.interfaces[id] ?? null) : null));
  useEffect(() => {
    if (!id || useOthers.getState().interfaces[id]) return;
    get<Interface>(`blueprints/${id}/interface/`)
      .then((it) => useOthers.setState(({ interfaces }) => ({ interfaces: { ...interfaces, [id]: it } })))
      .catch((error: unknown) => {
        if (!(error instanceof ApiError)) throw error; // It was deleted: the problems say so.
      });
  }, [id]);
  return known;
}
