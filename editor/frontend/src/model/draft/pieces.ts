/** Pieces of drawings, put into the draft, moved and taken away. */
import type * as Y from "yjs";

import type { EdgeEnds } from "../edges";
import type { DocumentNode, DocumentNote, EdgeRoute } from "../types";
import { packed } from "../values";
import { dropEdge, putEdge, readEdge, shiftRoutes } from "./edges";
import { sharedNode } from "./nodes";
import { sharedNote } from "./notes";
import { change, nextOrder, within } from "./shared";

/**
 * An id for a new node: the last word of its kind, with a number when it is taken. What others add
 * at this moment is not known yet, so while there are any, `mark` keeps the pages' ids apart.
 */
export function freshId(taken: (id: string) => boolean, kind: string, mark = ""): string {
  const stem = (kind.split(".").pop() ?? "node").replace(/[^A-Za-z0-9_-]/g, "_").slice(0, 44);
  const base = (/^[A-Za-z_]/.test(stem) ? stem : `node_${stem}`) + (mark && `_${mark}`);
  if (!taken(base)) return base;
  let number = 2;
  while (taken(`${base}_${number}`)) number += 1;
  return `${base}_${number}`;
}

/** What is put onto the canvas in one step: new nodes, their edges and places, and notes. */
export interface Insertion {
  nodes: Record<string, DocumentNode>;
  /** Each may take the place that another edge has, or had, among all. */
  edges?: (EdgeEnds & { instead?: string })[];
  layout: Record<string, [number, number]>;
  collapsed?: string[];
  routes?: Record<string, EdgeRoute>;
  notes?: DocumentNote[];
  removeEdges?: string[];
}

/** Add all of an insertion in one undoable step; its ids must be fresh. */
export function insert(doc: Y.Doc, insertion: Insertion): void {
  change(doc, (all) => {
    const edges = (insertion.edges ?? []).map((ends) => [ends, all.edges.get(ends.instead ?? "")] as const);
    for (const id of insertion.removeEdges ?? []) dropEdge(all, id);
    let order = nextOrder(all.nodes.values());
    for (const [id, node] of Object.entries(insertion.nodes)) {
      all.nodes.set(id, sharedNode(node, order++));
    }
    for (const [id, [x, y]] of Object.entries(insertion.layout)) all.layout.set(id, [within(x), within(y)]);
    for (const id of insertion.collapsed ?? []) all.collapsed.set(id, true);
    for (const [ends, place] of edges) putEdge(all, ends, place);
    for (const [edge, route] of Object.entries(insertion.routes ?? {})) all.routes.set(edge, packed(route));
    let noteOrder = nextOrder(all.notes.values());
    for (const note of insertion.notes ?? []) {
      const id = freshId((name) => all.notes.has(name), note.id ?? "note");
      all.notes.set(id, sharedNote({ ...note, id }, noteOrder++));
    }
  });
}

/** Remove nodes with their edges and places, edges, and notes, in one step. */
export function remove(
  doc: Y.Doc,
  gone: { nodes?: Iterable<string>; edges?: Iterable<string>; notes?: Iterable<string> },
): void {
  const nodes = new Set(gone.nodes ?? []);
  change(doc, (all) => {
    for (const id of gone.edges ?? []) dropEdge(all, id);
    for (const id of gone.notes ?? []) all.notes.delete(id);
    // In any order: sorting them would take longer than looking at each.
    for (const id of nodes.size ? [...all.edges.keys()] : []) {
      const edge = readEdge(id);
      if (edge && (nodes.has(edge.source) || nodes.has(edge.target))) dropEdge(all, id);
    }
    for (const id of nodes) {
      all.nodes.delete(id);
      all.layout.delete(id);
      all.collapsed.delete(id);
    }
  });
}

/** Move nodes and notes. The points of an edge go with its ends when both move the same way. */
export function moveNodes(doc: Y.Doc, places: Iterable<[string, number, number]>): void {
  change(doc, (all) => {
    const shifts = new Map<string, [number, number]>();
    for (const [id, x, y] of places) {
      const place: [number, number] = [within(x), within(y)];
      const note = all.notes.get(id);
      if (note) {
        if (note.get("x") !== place[0]) note.set("x", place[0]);
        if (note.get("y") !== place[1]) note.set("y", place[1]);
        continue;
      }
      const [left, top] = all.layout.get(id) ?? [];
      if (!all.nodes.has(id) || (left === place[0] && top === place[1])) continue;
      all.layout.set(id, place);
      if (left !== undefined && top !== undefined) shifts.set(id, [place[0] - left, place[1] - top]);
    }
    shiftRoutes(all, shifts);
  });
}
