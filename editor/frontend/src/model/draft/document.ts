/** The draft read from and written to `conductor/1`. */
import * as Y from "yjs";

import { edgeText, parseEdge } from "../edges";
import type { BlueprintSettings, Document, DocumentNode, DocumentNote, JsonObject, TestCase } from "../types";
import { packed, same, unpacked } from "../values";
import { routeOf } from "./edges";
import { sharedNode } from "./nodes";
import { sharedNote } from "./notes";
import { before, change, maps, ordered, setOrDelete, type Shared, valuesOf } from "./shared";
import { emptyTable } from "../own";

const INNER = ["parameters", "settings"] as const;

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
    const closed = collapsed.filter((id) => Object.hasOwn(nodes, id)).map((id) => [id, true]);
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

function filled(value: unknown): boolean {
  if (value === undefined || value === "") return false;
  return typeof value !== "object" || value === null || Object.keys(value).length > 0;
}

/**
 * Write the draft as the document that is saved; defaults are left out, order is kept. With `only`, of
 * its nodes and notes only these: of a large drawing a piece is read in a fraction of the time.
 */
export function toDocument(doc: Y.Doc, only?: ReadonlySet<string>): Document {
  const all = maps(doc);
  const nodes = emptyTable<DocumentNode>();
  for (const [id, shared] of ordered(all.nodes)) {
    if (only && !only.has(id)) continue;
    const { order: _order, ...node } = valuesOf(shared) as unknown as DocumentNode & { order: number };
    nodes[id] = Object.fromEntries(
      Object.entries(node).filter(([key, value]) => key === "kind" || filled(value)),
    ) as unknown as DocumentNode;
  }
  const layout = emptyTable<[number, number]>();
  for (const id of Object.keys(nodes)) {
    const place = all.layout.get(id);
    if (place) layout[id] = place;
  }
  const wanted = ordered(all.notes).filter(([id]) => !only || only.has(id));
  const notes = wanted.map(([id, shared]) => {
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

export type BlueprintField = "name" | "description" | "inputs" | "vars" | "settings" | "tests";

export function setBlueprint(
  doc: Y.Doc,
  field: BlueprintField,
  value: string | JsonObject | BlueprintSettings | readonly TestCase[] | undefined,
): void {
  change(doc, (all) => setOrDelete(all.blueprint, field, value));
}
