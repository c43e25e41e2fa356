/** The maps of the shared draft, and how values get into them and out. */
import * as Y from "yjs";

import type { JsonObject } from "../types";
import { packed, unpacked } from "../values";

/** Changes by the person at this page carry this origin, and only they are undone. */
export const LOCAL = Symbol("local");
/** Changes that came from the server, which has them already. */
export const REMOTE = Symbol("remote");

export type Shared = Y.Map<unknown>;

export interface DraftMaps {
  blueprint: Shared;
  nodes: Y.Map<Shared>;
  edges: Y.Map<number>;
  layout: Y.Map<[number, number]>;
  /** The frames that are drawn without what they hold. */
  collapsed: Y.Map<boolean>;
  /** How edges are drawn, by the text of the edge. */
  routes: Shared;
  notes: Y.Map<Shared>;
}

export function maps(doc: Y.Doc): DraftMaps {
  return {
    blueprint: doc.getMap("blueprint"),
    nodes: doc.getMap("nodes"),
    edges: doc.getMap("edges"),
    layout: doc.getMap("layout"),
    collapsed: doc.getMap("collapsed"),
    routes: doc.getMap("routes"),
    notes: doc.getMap("notes"),
  };
}

export function change(doc: Y.Doc, work: (all: DraftMaps) => void): void {
  doc.transact(() => work(maps(doc)), LOCAL);
}

export function sharedValues(values: object): Shared {
  return new Y.Map(
    Object.entries(values).flatMap(([key, value]): [string, unknown][] =>
      value === undefined ? [] : [[key, packed(value)]],
    ),
  );
}

export function setOrDelete(map: Shared, key: string, value: unknown): void {
  if (value === undefined) map.delete(key);
  else map.set(key, packed(value));
}

/** What a map of the draft holds, as plain values. */
export function valuesOf(shared: unknown): JsonObject {
  if (!(shared instanceof Y.Map)) return {};
  const entries = [...shared.entries()].map(([key, value]): [string, unknown] => [key, value instanceof Y.Map ? valuesOf(value) : unpacked(value)]);
  return Object.fromEntries(entries) as JsonObject;
}

/** One more than the greatest order in use, so that a new entry comes last. */
export function nextOrder(entries: Iterable<unknown>): number {
  let greatest = -1;
  for (const entry of entries) {
    const order = entry instanceof Y.Map ? entry.get("order") : entry;
    if (typeof order === "number" && order > greatest) greatest = order;
  }
  return greatest + 1;
}

/** By their numbers; people who add at the same time may give the same one. */
export function before(left: readonly [string, number], right: readonly [string, number]): number {
  return left[1] - right[1] || (left[0] < right[0] ? -1 : 1);
}

export function ordered(map: Y.Map<Shared>): [string, Shared][] {
  return [...map.entries()]
    .map(([id, shared]) => ({ id, shared, order: Number(shared.get("order")) }))
    .sort((left, right) => before([left.id, left.order], [right.id, right.order]))
    .map(({ id, shared }) => [id, shared]);
}

/** How far from the middle something may stand; the server refuses more. */
const FARTHEST = 10_000_000;

export function within(value: number): number {
  return Math.min(FARTHEST, Math.max(-FARTHEST, Math.round(value)));
}
