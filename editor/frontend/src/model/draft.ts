/** The draft as a Yjs document: read from and written to `conductor/1`, changed by small operations. */
import * as Y from "yjs";

import { type EdgeEnds, edgeText, parseEdge } from "./edges";
import { packed, same, unpacked } from "./values";
import type {
  BlueprintSettings,
  Document,
  DocumentNode,
  DocumentNote,
  EdgeRoute,
  Json,
  JsonObject,
  NodeSettings,
  TestCase,
} from "./types";

/** Changes by the person at this page carry this origin, and only they are undone. */
export const LOCAL = Symbol("local");
/** Changes that came from the server, which has them already. */
export const REMOTE = Symbol("remote");

type Shared = Y.Map<unknown>;

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

/** A node of the draft with its defaults filled in; its place is kept apart. */
export interface DraftNode {
  id: string;
  kind: string;
  title: string;
  parameters: JsonObject;
  promoted: string[];
  settings: NodeSettings;
  /** The frame that is said to hold it; "" outside of all. */
  frame: string;
  pin: JsonObject | null;
}

export interface DraftEdge extends EdgeEnds {
  /** The text form, which is also the edge's key. */
  id: string;
}

export interface DraftNote {
  id: string;
  text: string;
  x: number;
  y: number;
  width: number;
  height: number;
  color: string;
}

export const NOTE_DEFAULTS = { text: "", x: 0, y: 0, width: 240, height: 120, color: "yellow" };

const INNER = ["parameters", "settings"] as const;

function sharedValues(values: object): Shared {
  return new Y.Map(
    Object.entries(values).flatMap(([key, value]): [string, unknown][] =>
      value === undefined ? [] : [[key, packed(value)]],
    ),
  );
}

function sharedNode(node: DocumentNode, order: number): Shared {
  const { parameters = {}, settings = {}, ...rest } = node;
  const shared = sharedValues({ ...rest, order });
  shared.set("parameters", sharedValues(parameters));
  shared.set("settings", sharedValues(settings));
  return shared;
}

function sharedNote(note: DocumentNote, order: number): Shared {
  return sharedValues({ ...note, order });
}

/** One more than the greatest order in use, so that a new entry comes last. */
function nextOrder(entries: Iterable<unknown>): number {
  let greatest = -1;
  for (const entry of entries) {
    const order = entry instanceof Y.Map ? entry.get("order") : entry;
    if (typeof order === "number" && order > greatest) greatest = order;
  }
  return greatest + 1;
}

function change(doc: Y.Doc, work: (all: DraftMaps) => void): void {
  doc.transact(() => work(maps(doc)), LOCAL);
}

/**
 * Make the draft say what a document says, by the least change: what others do meanwhile to what
 * stays is merged. The caller's origin decides whether undo knows it.
 */
export function loadDocument(doc: Y.Doc, document: Document, origin: unknown = "server"): void {
  doc.transact(() => {
    const all = maps(doc);
    const { nodes = {}, edges = [], layout = {}, collapsed = [], routes = {}, notes = [], ...head } = document;
    writeValues(all.blueprint, head);
    writeEntries(all.nodes, new Map(Object.entries(nodes)), sharedNode, (shared, { parameters, settings, ...node }) => {
      writeValues(shared, node, ["order", ...INNER]);
      writeValues(innerOf(shared, "parameters"), parameters ?? {});
      writeValues(innerOf(shared, "settings"), settings ?? {});
    });
    const texts = edges.map((text) => {
      const ends = parseEdge(text);
      return ends ? edgeText(ends) : text;
    });
    const wanted = new Set(texts);
    for (const id of all.edges.keys()) if (!wanted.has(id)) all.edges.delete(id);
    inOrder(wanted, (id) => all.edges.get(id), (id, order) => all.edges.set(id, order));
    writeValues(all.layout as Y.Map<unknown>, layout);
    const closed = collapsed.filter((id) => id in nodes).map((id) => [id, true]);
    writeValues(all.collapsed as Y.Map<unknown>, Object.fromEntries(closed));
    writeValues(all.routes, Object.fromEntries(Object.entries(routes).filter(([edge]) => wanted.has(edge))));
    const named = notes.map((note, at): [string, DocumentNote] => [note.id ?? `note_${at + 1}`, note]);
    writeEntries(all.notes, new Map(named), sharedNote, (shared, note) => writeValues(shared, note, ["order"]));
  }, origin);
}

function innerOf(node: Shared, key: (typeof INNER)[number]): Shared {
  const inner = node.get(key);
  if (inner instanceof Y.Map) return inner as Shared;
  const made: Shared = new Y.Map();
  node.set(key, made);
  return made;
}

function writeValues(shared: Y.Map<unknown>, values: object, besides: readonly string[] = []): void {
  const wanted = new Map(Object.entries(values).filter(([, value]) => value !== undefined));
  for (const key of shared.keys()) if (!wanted.has(key) && !besides.includes(key)) shared.delete(key);
  for (const [key, value] of wanted) {
    if (!shared.has(key) || !same(unpacked(shared.get(key)), value)) shared.set(key, packed(value));
  }
}

function writeEntries<T>(
  shared: Y.Map<Shared>,
  wanted: ReadonlyMap<string, T>,
  make: (entry: T, order: number) => Shared,
  write: (entry: Shared, wanted: T) => void,
): void {
  for (const id of shared.keys()) if (!wanted.has(id)) shared.delete(id);
  for (const [id, entry] of wanted) {
    const old = shared.get(id);
    if (old) write(old, entry);
  }
  inOrder(
    wanted.keys(),
    (id) => shared.get(id)?.get("order") as number | undefined,
    (id, order) => {
      const old = shared.get(id);
      if (old) old.set("order", order);
      else shared.set(id, make(wanted.get(id) as T, order));
    },
  );
}

/** Number what is new or stands at another place; the others keep their numbers. */
function inOrder(
  wanted: Iterable<string>,
  orderOf: (id: string) => number | undefined,
  place: (id: string, order: number) => void,
): void {
  let last = -1;
  for (const id of wanted) {
    const order = orderOf(id);
    if (order !== undefined && order > last) last = order;
    else place(id, (last += 1));
  }
}

/** By their numbers; people who add at the same time may give the same one. */
function before(left: readonly [string, number], right: readonly [string, number]): number {
  return left[1] - right[1] || (left[0] < right[0] ? -1 : 1);
}

function ordered(map: Y.Map<Shared>): [string, Shared][] {
  return [...map.entries()]
    .map(([id, shared]) => ({ id, shared, order: Number(shared.get("order")) }))
    .sort((left, right) => before([left.id, left.order], [right.id, right.order]))
    .map(({ id, shared }) => [id, shared]);
}

/** What a map of the draft holds, as plain values. */
export function valuesOf(shared: unknown): JsonObject {
  if (!(shared instanceof Y.Map)) return {};
  const plain: Record<string, unknown> = {};
  for (const [key, value] of shared.entries()) plain[key] = value instanceof Y.Map ? valuesOf(value) : unpacked(value);
  return plain as JsonObject;
}

export function readNode(id: string, shared: Shared): DraftNode {
  return {
    id,
    kind: String(shared.get("kind") ?? ""),
    title: String(shared.get("title") ?? ""),
    parameters: valuesOf(shared.get("parameters")),
    promoted: (shared.get("promoted") as string[] | undefined) ?? [],
    settings: valuesOf(shared.get("settings")) as NodeSettings,
    frame: String(shared.get("frame") ?? ""),
    pin: (unpacked(shared.get("pin")) as JsonObject | undefined) ?? null,
  };
}

export function readNote(id: string, shared: Shared): DraftNote {
  return { ...NOTE_DEFAULTS, ...valuesOf(shared), id };
}

/** How edges are drawn, by the text of the edge. */
export function readRoutes(doc: Y.Doc): Map<string, EdgeRoute> {
  return new Map(Object.entries(valuesOf(maps(doc).routes)) as unknown as [string, EdgeRoute][]);
}

export function nodeIds(doc: Y.Doc): string[] {
  return ordered(maps(doc).nodes).map(([id]) => id);
}

export function noteIds(doc: Y.Doc): string[] {
  return ordered(maps(doc).notes).map(([id]) => id);
}

export function readEdges(doc: Y.Doc): DraftEdge[] {
  return [...maps(doc).edges.entries()]
    .sort(before)
    .flatMap(([id]) => {
      const ends = parseEdge(id);
      return ends ? [{ id, ...ends }] : [];
    });
}

function filled(value: unknown): boolean {
  if (value === undefined || value === "") return false;
  return typeof value !== "object" || value === null || Object.keys(value).length > 0;
}

/** Write the draft as the document that is saved; defaults are left out, order is kept. */
export function toDocument(doc: Y.Doc): Document {
  const all = maps(doc);
  const nodes: Record<string, DocumentNode> = {};
  for (const [id, shared] of ordered(all.nodes)) {
    const { order: _order, ...node } = valuesOf(shared) as unknown as DocumentNode & { order: number };
    nodes[id] = Object.fromEntries(
      Object.entries(node).filter(([key, value]) => key === "kind" || filled(value)),
    ) as unknown as DocumentNode;
  }
  const layout: Record<string, [number, number]> = {};
  for (const id of Object.keys(nodes)) {
    const place = all.layout.get(id);
    if (place) layout[id] = place;
  }
  const notes = ordered(all.notes).map(([id, shared]) => {
    const { order: _order, ...note } = valuesOf(shared) as unknown as DocumentNote & { order: number };
    return { ...note, id };
  });
  const head = Object.fromEntries(
    Object.entries(valuesOf(all.blueprint)).filter(
      ([key, value]) => key === "name" || filled(value),
    ),
  );
  const edges = [...all.edges.entries()].sort(before).map(([id]) => id);
  const collapsed = Object.keys(nodes).filter((id) => all.collapsed.has(id));
  const routes = Object.fromEntries(edges.flatMap((id) => (all.routes.has(id) ? [[id, routeOf(all, id)]] : [])));
  return {
    format: "conductor/1",
    name: "",
    ...head,
    nodes,
    edges,
    layout,
    ...(collapsed.length ? { collapsed } : {}),
    ...(Object.keys(routes).length ? { routes } : {}),
    notes,
  } as Document;
}

// --- operations ------------------------------------------------------------

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
  edges?: EdgeEnds[];
  layout: Record<string, [number, number]>;
  collapsed?: string[];
  routes?: Record<string, EdgeRoute>;
  notes?: DocumentNote[];
  removeEdges?: string[];
}

/** Add all of an insertion in one undoable step; its ids must be fresh. */
export function insert(doc: Y.Doc, insertion: Insertion): void {
  change(doc, (all) => {
    for (const id of insertion.removeEdges ?? []) dropEdge(all, id);
    let order = nextOrder(all.nodes.values());
    for (const [id, node] of Object.entries(insertion.nodes)) {
      all.nodes.set(id, sharedNode(node, order++));
    }
    for (const [id, [x, y]] of Object.entries(insertion.layout)) all.layout.set(id, [within(x), within(y)]);
    for (const id of insertion.collapsed ?? []) all.collapsed.set(id, true);
    for (const ends of insertion.edges ?? []) putEdge(all, ends);
    for (const [edge, route] of Object.entries(insertion.routes ?? {})) all.routes.set(edge, packed(route));
    let noteOrder = nextOrder(all.notes.values());
    for (const note of insertion.notes ?? []) {
      const id = freshId((name) => all.notes.has(name), note.id ?? "note");
      all.notes.set(id, sharedNote({ ...note, id }, noteOrder++));
    }
  });
}

function putEdge(all: DraftMaps, ends: EdgeEnds): void {
  const id = edgeText(ends);
  if (!all.edges.has(id)) all.edges.set(id, nextOrder(all.edges.values()));
}

function routeOf(all: DraftMaps, id: string): EdgeRoute | undefined {
  return unpacked(all.routes.get(id)) as EdgeRoute | undefined;
}

function dropEdge(all: DraftMaps, id: string): void {
  all.edges.delete(id);
  all.routes.delete(id);
}

/** Lead an edge elsewhere; its place among the edges, and how it is drawn, stay. */
function moveEdge(all: DraftMaps, old: string, ends: EdgeEnds): void {
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

/** Make a node be of another kind, with what goes over to it; a pin is of the old kind's ports. */
export function setKind(
  doc: Y.Doc,
  id: string,
  to: {
    kind: string;
    parameters: JsonObject;
    promoted: string[];
    moved: readonly { old: string; ends: EdgeEnds }[];
    lost: readonly string[];
  },
): void {
  change(doc, (all) => {
    const node = all.nodes.get(id);
    if (!node) return;
    node.set("kind", to.kind);
    node.set("parameters", sharedValues(to.parameters));
    setOrDelete(node, "promoted", to.promoted.length ? to.promoted : undefined);
    setOrDelete(node, "pin", undefined);
    for (const text of to.lost) dropEdge(all, text);
    for (const { old, ends } of to.moved) moveEdge(all, old, ends);
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
    for (const { id, source, target } of readEdges(doc)) {
      if (nodes.has(source) || nodes.has(target)) dropEdge(all, id);
    }
    for (const id of nodes) {
      all.nodes.delete(id);
      all.layout.delete(id);
      all.collapsed.delete(id);
    }
  });
}

/** How far from the middle something may stand; the server refuses more. */
const FARTHEST = 10_000_000;

function within(value: number): number {
  return Math.min(FARTHEST, Math.max(-FARTHEST, Math.round(value)));
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

function shiftRoutes(all: DraftMaps, shifts: ReadonlyMap<string, readonly [number, number]>): void {
  for (const edge of all.routes.keys()) {
    const route = routeOf(all, edge) ?? {};
    const ends = route.points?.length ? parseEdge(edge) : undefined;
    const [from, to] = [ends && shifts.get(ends.source), ends && shifts.get(ends.target)];
    if (!from || !to || from[0] !== to[0] || from[1] !== to[1]) continue;
    const points = (route.points ?? []).map(([x, y]) => [within(x + from[0]), within(y + from[1])]);
    all.routes.set(edge, packed({ ...route, points }));
  }
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

function changeNode(doc: Y.Doc, id: string, work: (node: Shared) => void): void {
  change(doc, (all) => {
    const node = all.nodes.get(id);
    if (node) work(node);
  });
}

function setOrDelete(map: Shared, key: string, value: unknown): void {
  if (value === undefined) map.delete(key);
  else map.set(key, packed(value));
}

export function setTitle(doc: Y.Doc, id: string, title: string): void {
  changeNode(doc, id, (node) => setOrDelete(node, "title", title || undefined));
}

/** Put nodes into a frame; with "" take them out of all. */
export function setFrame(doc: Y.Doc, ids: Iterable<string>, frame: string): void {
  for (const id of ids) changeNode(doc, id, (node) => setOrDelete(node, "frame", frame || undefined));
}

/** Draw frames without what they hold, each at its place, or with it again. */
export function setCollapsed(doc: Y.Doc, ids: Iterable<string>, collapsed: boolean): void {
  change(doc, (all) => {
    for (const id of ids) {
      if (!collapsed) all.collapsed.delete(id);
      else if (all.nodes.has(id)) all.collapsed.set(id, true);
    }
  });
}

/** Pin what a node emits in runs of the draft; undefined lets it run again. */
export function setPin(doc: Y.Doc, id: string, outputs: JsonObject | undefined): void {
  changeNode(doc, id, (node) => setOrDelete(node, "pin", outputs));
}

/** Set one parameter; undefined removes it, so that its default holds again. */
export function setParameter(doc: Y.Doc, id: string, name: string, value: Json | undefined): void {
  changeNode(doc, id, (node) => {
    const parameters = node.get("parameters");
    if (parameters instanceof Y.Map) setOrDelete(parameters, name, value);
  });
}

/** Set one setting of a node; undefined removes it, so that its default holds again. */
export function setSetting<K extends keyof NodeSettings>(
  doc: Y.Doc,
  id: string,
  name: K,
  value: NodeSettings[K] | undefined,
): void {
  changeNode(doc, id, (node) => {
    const settings = node.get("settings");
    if (settings instanceof Y.Map) setOrDelete(settings, name, value);
  });
}

/** Switch nodes off or have them bypassed, or take that from them; a node is one or the other. */
export function setIdle(doc: Y.Doc, ids: Iterable<string>, how: "disabled" | "bypass", idle: boolean): void {
  change(doc, () => {
    for (const id of ids) {
      setSetting(doc, id, how, idle || undefined);
      if (idle) setSetting(doc, id, how === "bypass" ? "disabled" : "bypass", undefined);
    }
  });
}

/** Make a parameter an input port, or take the port (and its edges) away again. */
export function setPromoted(doc: Y.Doc, id: string, name: string, promoted: boolean): void {
  change(doc, (all) => {
    const node = all.nodes.get(id);
    if (!node) return;
    const names = ((node.get("promoted") as string[] | undefined) ?? []).filter((n) => n !== name);
    if (promoted) names.push(name);
    else {
      for (const edge of readEdges(doc)) {
        if (edge.target === id && edge.targetPort === name) dropEdge(all, edge.id);
      }
    }
    setOrDelete(node, "promoted", names.length ? names : undefined);
  });
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

export type BlueprintField = "name" | "description" | "inputs" | "vars" | "settings" | "tests";

export function setBlueprint(
  doc: Y.Doc,
  field: BlueprintField,
  value: string | JsonObject | BlueprintSettings | readonly TestCase[] | undefined,
): void {
  change(doc, (all) => setOrDelete(all.blueprint, field, value));
}

export function setNote(doc: Y.Doc, id: string, part: Partial<DraftNote>): void {
  change(doc, (all) => {
    const note = all.notes.get(id);
    for (const [key, value] of Object.entries(part)) note?.set(key, packed(value));
  });
}
