/** What has changed from one document to another: in meaning, and apart from it where things stand. */
import { edgeText, parseEdge } from "./edges";
import type { Document, DocumentNode, DocumentNote, Json } from "./types";
import { entryOf } from "./own";

export type Sign = "+" | "-" | "~";

/** One value that is not what it was; undefined where there was none, or is none any more. */
export interface ValueChange {
  /** Where: `parameters`, `settings`, or "" for what the node itself has, such as its kind. */
  group: string;
  name: string;
  before: Json | undefined;
  after: Json | undefined;
}

export interface NodeChange {
  id: string;
  sign: Sign;
  /** As it is after, or was before it was removed. */
  node: DocumentNode;
  values: ValueChange[];
}

export interface EdgeChange {
  id: string;
  sign: "+" | "-";
}

export interface NoteChange {
  id: string;
  sign: Sign;
  before: string;
  after: string;
}

export interface Comparison {
  /** Name, description, inputs, variables, settings, test cases and the like of the blueprint itself. */
  blueprint: ValueChange[];
  nodes: NodeChange[];
  edges: EdgeChange[];
  notes: NoteChange[];
  /** Nodes, notes and edges that only stand elsewhere, or are drawn otherwise. */
  moved: string[];
}

type Table = Record<string, Json | undefined>;

/** JSON with sorted keys, so that equal values read equal. */
function text(value: unknown): string {
  return (
    JSON.stringify(value, (_key, part: unknown) =>
      part === null || typeof part !== "object" || Array.isArray(part)
        ? part
        : Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))),
    ) ?? ""
  );
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === "" || value === false) return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

/** Settings and what is beside them say nothing where they are empty; a parameter's `false` does say something. */
function changesOf(group: string, before: Table, after: Table, emptyIsNone: boolean): ValueChange[] {
  const plain = (value: Json | undefined): Json | undefined => (emptyIsNone && isEmpty(value) ? undefined : value);
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((name) => {
    const [old, now] = [plain(before[name]), plain(after[name])];
    return text(old) === text(now) ? [] : [{ group, name, before: old, after: now }];
  });
}

function own(node: DocumentNode): Table {
  const { parameters: _parameters, settings: _settings, ...rest } = node;
  return rest as Table;
}

const NOTHING = { kind: "" };

function valuesOf(before: DocumentNode, after: DocumentNode): ValueChange[] {
  return [
    ...changesOf("", own(before), own(after), true),
    ...changesOf("parameters", before.parameters ?? {}, after.parameters ?? {}, false),
    ...changesOf("settings", (before.settings ?? {}) as Table, (after.settings ?? {}) as Table, true),
  ];
}

function nodeChanges(before: Record<string, DocumentNode>, after: Record<string, DocumentNode>): NodeChange[] {
  const found: NodeChange[] = [];
  for (const [id, node] of Object.entries(after)) {
    const old = entryOf(before, id);
    const values = valuesOf(old ?? NOTHING, node);
    if (!old) found.push({ id, sign: "+", node, values });
    else if (values.length) found.push({ id, sign: "~", node, values });
  }
  for (const [id, node] of Object.entries(before)) {
    if (!entryOf(after, id)) found.push({ id, sign: "-", node, values: valuesOf(node, NOTHING) });
  }
  return found;
}

/** Edges as they are keyed on the canvas, however they were written. */
function edgesOf(document: Document): Set<string> {
  return new Set(
    (document.edges ?? []).map((written) => {
      const ends = parseEdge(written);
      return ends ? edgeText(ends) : written;
    }),
  );
}

function edgeChanges(before: Set<string>, after: Set<string>): EdgeChange[] {
  return [
    ...[...after].filter((id) => !before.has(id)).map((id): EdgeChange => ({ id, sign: "+" })),
    ...[...before].filter((id) => !after.has(id)).map((id): EdgeChange => ({ id, sign: "-" })),
  ];
}

function notesOf(document: Document): Map<string, DocumentNote> {
  return new Map((document.notes ?? []).map((note, index) => [note.id ?? `note_${index + 1}`, note]));
}

function noteChanges(before: Map<string, DocumentNote>, after: Map<string, DocumentNote>): NoteChange[] {
  const told = (note: DocumentNote | undefined): string => note?.text ?? "";
  const looks = (note: DocumentNote): string => text([told(note), note.color ?? "yellow"]);
  const found: NoteChange[] = [];
  for (const [id, note] of after) {
    const old = before.get(id);
    if (!old || looks(old) !== looks(note)) found.push({ id, sign: old ? "~" : "+", before: told(old), after: told(note) });
  }
  for (const [id, note] of before) if (!after.has(id)) found.push({ id, sign: "-", before: told(note), after: "" });
  return found;
}

function movedIn(before: Document, after: Document): string[] {
  const nodes = Object.keys(after.nodes ?? {}).filter((id) => {
    const [old, now] = [before, after].map(({ layout, collapsed }) => [entryOf(layout, id), collapsed?.includes(id) ?? false]);
    return entryOf(before.nodes, id) && text(old) !== text(now);
  });
  const place = ({ x = 0, y = 0, width = 240, height = 120 }: DocumentNote): string => text([x, y, width, height]);
  const old = notesOf(before);
  const notes = [...notesOf(after)].flatMap(([id, note]) => {
    const was = old.get(id);
    return was && place(was) !== place(note) ? [id] : [];
  });
  const routes = (after.edges ?? []).filter(
    (edge) => before.edges?.includes(edge) && text(entryOf(before.routes, edge)) !== text(entryOf(after.routes, edge)),
  );
  return [...nodes, ...notes, ...routes];
}

function head(document: Document): Record<string, Table> {
  const { format: _format, nodes: _nodes, edges: _edges, layout: _layout, collapsed: _collapsed, routes: _routes, notes: _notes, inputs, vars, settings, ...rest } = document;
  return { "": rest as unknown as Table, inputs: inputs ?? {}, vars: vars ?? {}, settings: (settings ?? {}) as Table };
}

/** All that has changed; nothing is told twice, and defaults that one of the two writes out are no change. */
export function compare(before: Document, after: Document): Comparison {
  const [old, now] = [head(before), head(after)];
  return {
    blueprint: Object.keys(now).flatMap((group) => changesOf(group, old[group] ?? {}, now[group] ?? {}, group === "" || group === "settings")),
    nodes: nodeChanges(before.nodes ?? {}, after.nodes ?? {}),
    edges: edgeChanges(edgesOf(before), edgesOf(after)),
    notes: noteChanges(notesOf(before), notesOf(after)),
    moved: movedIn(before, after),
  };
}

/** How many changes there are, without what only moved. */
export function countOf({ blueprint, nodes, edges, notes }: Comparison): number {
  return blueprint.length + nodes.length + edges.length + notes.length;
}

/** The changes in a few words: `1 node added, 2 changed; 1 edge removed`. */
export function summaryOf(found: Comparison): string {
  const part = (things: readonly { sign: Sign }[], one: string, many: string): string => {
    const count = (sign: Sign): number => things.filter((thing) => thing.sign === sign).length;
    const words: [Sign, string][] = [["+", "added"], ["~", "changed"], ["-", "removed"]];
    const told = words.filter(([sign]) => count(sign));
    return told
      .map(([sign, word], index) => `${count(sign)} ${index ? "" : `${count(sign) === 1 ? one : many} `}${word}`)
      .join(", ");
  };
  const parts = [part(found.nodes, "node", "nodes"), part(found.edges, "edge", "edges"), part(found.notes, "note", "notes")];
  if (found.blueprint.length) parts.push("the blueprint’s own settings changed");
  if (found.moved.length) parts.push(`${found.moved.length} moved`);
  return parts.filter(Boolean).join("; ") || "nothing has changed";
}

/** Both at once, to be drawn: what is there after, and what was removed where it stood before. */
export function union(before: Document, after: Document, { nodes, edges, notes }: Comparison): Document {
  const gone = nodes.filter(({ sign }) => sign === "-").map(({ id }) => id);
  const kept = <T>(table: Record<string, T> = {}): Record<string, T> =>
    Object.fromEntries(Object.entries(table).filter(([id]) => gone.includes(id)));
  const lost = new Set(notes.filter(({ sign }) => sign === "-").map(({ id }) => id));
  return {
    ...after,
    nodes: { ...after.nodes, ...kept(before.nodes) },
    layout: { ...after.layout, ...kept(before.layout) },
    edges: [...edgesOf(after), ...edges.filter(({ sign }) => sign === "-").map(({ id }) => id)],
    notes: [...(after.notes ?? []), ...[...notesOf(before)].filter(([id]) => lost.has(id)).map(([id, note]) => ({ ...note, id }))],
  };
}

/** Two texts apart: what they begin and end with alike, and what is different in between. */
export function apart(before: string, after: string): { start: string; before: string; after: string; end: string } {
  const most = Math.min(before.length, after.length);
  let start = 0;
  while (start < most && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < most - start && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  return {
    start: after.slice(0, start),
    before: before.slice(start, before.length - end),
    after: after.slice(start, after.length - end),
    end: end ? after.slice(-end) : "",
  };
}
