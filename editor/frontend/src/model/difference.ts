/** Whether two documents say the same. */
import * as Y from "yjs";

import { loadDocument, NOTE_DEFAULTS, toDocument } from "./draft";
import { parseEdge } from "./edges";
import type { Document, Json } from "./types";
import { entryOf } from "./own";

/** What a run would do: two documents with the same meaning may place their nodes elsewhere. */
export function meaning(document: Document): string {
  const { nodes = {}, edges = [], inputs = {}, vars = {}, settings = {} } = document;
  return stable({ nodes, edges: [...edges].sort(), inputs, vars, settings } as unknown as Json);
}

/** The meaning of the part of a document that another holds: of a run to a node, only what leads there. */
export function meaningWithin(document: Document, part: Document): string {
  const holds = (id: string): boolean => entryOf(part.nodes, id) !== undefined;
  const nodes = Object.fromEntries(Object.entries(document.nodes ?? {}).filter(([id]) => holds(id)));
  const edges = (document.edges ?? []).filter((text) => {
    const ends = parseEdge(text);
    return ends !== undefined && holds(ends.source) && holds(ends.target);
  });
  return meaning({ ...document, nodes, edges });
}

/** Whether all of it is the same, whichever defaults are written out. */
export function same(one: Document, other: Document): boolean {
  return whole(one) === whole(other);
}

function whole(document: Document): string {
  const doc = new Y.Doc();
  loadDocument(doc, document);
  const written = toDocument(doc);
  const notes = written.notes?.map((note) => ({ ...NOTE_DEFAULTS, ...note }));
  return stable({ ...written, notes } as unknown as Json);
}

/** JSON with sorted keys, so that equal things read equal. */
export function stable(value: Json): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (part === null || typeof part !== "object" || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
