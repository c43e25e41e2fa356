/** The edges of the draft, and how they are drawn. */
import type * as Y from "yjs";

import { type EdgeEnds, edgeText, parseEdge } from "../edges";
import type { EdgeRoute } from "../types";
import { packed, unpacked } from "../values";
import { before, change, type DraftMaps, maps, nextOrder, valuesOf, within } from "./shared";

export interface DraftEdge extends EdgeEnds {
  /** The text form, which is also the edge's key. */
  id: string;
}

/** An edge as its text says it; undefined where it says none. */
export function readEdge(id: string): DraftEdge | undefined {
  const ends = parseEdge(id);
  return ends ? { id, ...ends } : undefined;
}

/** All edges in their order. */
export function readEdges(doc: Y.Doc): DraftEdge[] {
  return [...maps(doc).edges.entries()].sort(before).flatMap(([id]) => readEdge(id) ?? []);
}

/** How edges are drawn, by the text of the edge. */
export function readRoutes(doc: Y.Doc): Map<string, EdgeRoute> {
  return new Map(Object.entries(valuesOf(maps(doc).routes)) as unknown as [string, EdgeRoute][]);
}

export function routeOf(all: DraftMaps, id: string): EdgeRoute | undefined {
  return unpacked(all.routes.get(id)) as EdgeRoute | undefined;
}

/** Put an edge after all others, or at a place among them: a join gives its values in the order of its edges. */
export function putEdge(all: DraftMaps, ends: EdgeEnds, order?: number): void {
  const id = edgeText(ends);
  if (!all.edges.has(id)) all.edges.set(id, order ?? nextOrder(all.edges.values()));
}

export function dropEdge(all: DraftMaps, id: string): void {
  all.edges.delete(id);
  all.routes.delete(id);
}

/** Lead an edge elsewhere; its place among the edges, and how it is drawn, stay. */
export function moveEdge(all: DraftMaps, old: string, ends: EdgeEnds): void {
  const id = edgeText(ends);
  const [order, route] = [all.edges.get(old) ?? 0, all.routes.get(old)];
  dropEdge(all, old);
  if (all.edges.has(id)) return;
  all.edges.set(id, order);
  if (route) all.routes.set(id, route);
}

export function addEdge(doc: Y.Doc, ends: EdgeEnds): void {
  change(doc, (all) => putEdge(all, ends));
}

export function replaceEdge(doc: Y.Doc, old: string, ends: EdgeEnds): void {
  change(doc, (all) => moveEdge(all, old, ends));
}

/** Rename an output port's edges, so that renaming a case of a switch keeps what it leads to. */
export function renameOutput(doc: Y.Doc, id: string, before: string, after: string): void {
  change(doc, (all) => {
    for (const edge of readEdges(doc)) {
      if (edge.source !== id || edge.sourcePort !== before) continue;
      moveEdge(all, edge.id, { ...edge, sourcePort: after });
    }
  });
}

/** Say how an edge is drawn; without points and name it is a curve again. */
export function setRoute(doc: Y.Doc, edge: string, { points = [], name = "" }: EdgeRoute): void {
  change(doc, (all) => {
    if (!all.edges.has(edge)) return;
    const route = {
      ...(points.length ? { points: points.map(([x, y]): [number, number] => [within(x), within(y)]) } : {}),
      ...(name ? { name } : {}),
    };
    if (points.length || name) all.routes.set(edge, packed(route));
    else all.routes.delete(edge);
  });
}

export function shiftRoutes(all: DraftMaps, shifts: ReadonlyMap<string, readonly [number, number]>): void {
  for (const edge of all.routes.keys()) {
    const route = routeOf(all, edge) ?? {};
    const ends = route.points?.length ? parseEdge(edge) : undefined;
    const [from, to] = [ends && shifts.get(ends.source), ends && shifts.get(ends.target)];
    if (!from || !to || from[0] !== to[0] || from[1] !== to[1]) continue;
    const points = (route.points ?? []).map(([x, y]) => [within(x + from[0]), within(y + from[1])]);
    all.routes.set(edge, packed({ ...route, points }));
  }
}
