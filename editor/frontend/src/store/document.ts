/** The draft at this page: the Yjs document as React reads it, its undo, and what the server knows. */
import * as Y from "yjs";
import { create } from "zustand";

import { fromBase64 } from "../api/base64";
import {
  type DraftEdge,
  type DraftNode,
  type DraftNote,
  LOCAL,
  REMOTE,
  maps,
  readAgain,
  readEdge,
  readNode,
  readNote,
  readRoutes,
  toDocument,
} from "../model/draft";
import * as draft from "../model/draft";
import type {
  Blueprint,
  BlueprintSettings,
  Bootstrap,
  Document,
  EdgeRoute,
  Json,
  JsonObject,
  NodeSettings,
  NodeSpec,
  Problem,
  TestCase,
} from "../model/types";
import { may, useRights } from "./rights";
import { say } from "./ui";

export type Place = readonly [x: number, y: number];

export type SaveState = "saved" | "unsaved" | "saving" | "offline" | "refused" | "gone";

export interface DraftState {
  /** What the server knows of the blueprint; its `document` is the last saved one. */
  blueprint: Blueprint;
  types: ReadonlyMap<string, NodeSpec>;
  name: string;
  description: string;
  inputs: JsonObject;
  vars: JsonObject;
  settings: BlueprintSettings;
  /** A test keeps its identity until it is changed. */
  tests: readonly TestCase[];
  /** In document order; an entry keeps its identity until it changes. */
  nodes: readonly DraftNode[];
  nodesById: ReadonlyMap<string, DraftNode>;
  edges: readonly DraftEdge[];
  notes: readonly DraftNote[];
  /** Where nodes stand; apart from the nodes, so that moving one redraws no card. */
  layout: ReadonlyMap<string, Place>;
  /** The frames that are drawn without what they hold. */
  collapsed: ReadonlySet<string>;
  /** How edges are drawn, by the edge. */
  routes: ReadonlyMap<string, EdgeRoute>;
  /** Of the collapsed frames, those that are open at this page all the same, so that something in them can be seen. */
  opened: ReadonlySet<string>;
  canUndo: boolean;
  canRedo: boolean;
  saveState: SaveState;
  saveMessage: string;
  /** Problems by node id; those of the blueprint itself are under "". */
  problems: ReadonlyMap<string, readonly Problem[]>;
}

export const NO_PROBLEMS: readonly Problem[] = [];
const NO_TESTS: readonly TestCase[] = [];
/** What is left out keeps its identity, too. */
const NOTHING = Object.freeze({});

/** Whoever may only look changes nothing, whatever on the page asks for it. */
class Draft extends Y.Doc {
  override transact<T>(work: (transaction: Y.Transaction) => T, origin?: unknown): T {
    if (origin !== LOCAL || may("edit")) return super.transact(work, origin);
    say(`You may look at this blueprint, not change it. Its owner, ${useRights.getState().owner}, can let you.`);
    return undefined as T;
  }
}

/** The shared document behind the store. */
export const doc: Y.Doc = new Draft();
const all = maps(doc);
export const undoManager = new Y.UndoManager(Object.values(all) as Y.AbstractType<unknown>[], {
  trackedOrigins: new Set([LOCAL]),
  captureTimeout: 600,
});

const EMPTY: Blueprint = {
  id: "",
  name: "",
  owner: "",
  right: "own",
  revision: 0,
  document: { format: "conductor/1", name: "" },
  published: null,
  changed: false,
  problems: [],
  webhooks: [],
  calls: {},
  created: "",
  updated: "",
  last_run: null,
};

export const useDraft = create<DraftState>(() => ({
  blueprint: EMPTY,
  types: new Map(),
  name: "",
  description: "",
  inputs: {},
  vars: {},
  settings: {},
  tests: NO_TESTS,
  nodes: [],
  nodesById: new Map(),
  edges: [],
  notes: [],
  layout: new Map(),
  collapsed: new Set(),
  routes: new Map(),
  opened: new Set(),
  canUndo: false,
  canRedo: false,
  saveState: "saved",
  saveMessage: "",
  problems: new Map(),
}));

// --- from the shared document to the store -----------------------------------

const changedNodes = new Set<string>();
const changedNotes = new Set<string>();
const changedEdges = new Set<string>();
const changedPlaces = new Set<string>();
const changedParts = new Set<keyof typeof all>();

function watch(part: "nodes" | "notes", changed: Set<string>): void {
  all[part].observeDeep((events) => {
    changedParts.add(part);
    for (const event of events) {
      if (event.path.length) changed.add(String(event.path[0]));
      else for (const key of event.keys.keys()) changed.add(key);
    }
  });
}

watch("nodes", changedNodes);
watch("notes", changedNotes);
for (const [part, changed] of [["edges", changedEdges], ["layout", changedPlaces]] as const) {
  all[part].observe(({ keysChanged }) => {
    changedParts.add(part);
    for (const key of keysChanged) changed.add(key);
  });
}
for (const part of ["blueprint", "collapsed", "routes"] as const) {
  all[part].observe(() => changedParts.add(part));
}

/** How nodes or notes are found in the shared document. */
function entriesOf<T>(map: Y.Map<draft.Shared>, read: (id: string, shared: draft.Shared) => T): draft.Entries<T> {
  return {
    order: (id) => {
      const shared = map.get(id);
      return shared && Number(shared.get("order"));
    },
    read: (id) => {
      const shared = map.get(id);
      return shared && read(id, shared);
    },
  };
}

const NODES = entriesOf(all.nodes, readNode);
const NOTES = entriesOf(all.notes, readNote);
const EDGES: draft.Entries<DraftEdge> = { order: (id) => all.edges.get(id), read: readEdge };

function nodesFrom(state: DraftState): Pick<DraftState, "nodes" | "nodesById"> {
  const nodes = readAgain(state.nodes, changedNodes, NODES);
  return { nodes, nodesById: new Map(nodes.map((node) => [node.id, node])) };
}

function layoutFrom(state: DraftState): ReadonlyMap<string, Place> {
  const layout = new Map(state.layout);
  for (const id of changedPlaces) {
    const place = all.layout.get(id);
    if (place) layout.set(id, place);
    else layout.delete(id);
  }
  return layout;
}

function blueprintFrom(): Partial<DraftState> {
  const head = draft.valuesOf(all.blueprint) as Partial<Document>;
  return {
    name: head.name ?? "",
    description: head.description ?? "",
    inputs: head.inputs ?? NOTHING,
    vars: head.vars ?? NOTHING,
    settings: head.settings ?? NOTHING,
    tests: head.tests ?? NO_TESTS,
  };
}

doc.on("afterTransaction", () => {
  if (!changedParts.size) return;
  const state = useDraft.getState();
  const next: Partial<DraftState> = {};
  if (changedParts.has("nodes")) Object.assign(next, nodesFrom(state));
  if (changedParts.has("notes")) next.notes = readAgain(state.notes, changedNotes, NOTES);
  if (changedParts.has("edges")) next.edges = readAgain(state.edges, changedEdges, EDGES);
  if (changedParts.has("layout")) next.layout = layoutFrom(state);
  if (changedParts.has("collapsed")) next.collapsed = new Set(all.collapsed.keys());
  if (changedParts.has("routes")) next.routes = readRoutes(doc);
  if (changedParts.has("blueprint")) Object.assign(next, blueprintFrom());
  for (const seen of [changedParts, changedNodes, changedNotes, changedEdges, changedPlaces]) seen.clear();
  useDraft.setState(next);
});

function showHistory(): void {
  const next = { canUndo: undoManager.canUndo(), canRedo: undoManager.canRedo() };
  const now = useDraft.getState();
  if (next.canUndo !== now.canUndo || next.canRedo !== now.canRedo) useDraft.setState(next);
}
for (const event of ["stack-item-added", "stack-item-popped", "stack-cleared"] as const) {
  undoManager.on(event, showHistory);
}

// --- what the page does -------------------------------------------------------

export function groupProblems(problems: readonly Problem[]): Map<string, Problem[]> {
  const grouped = new Map<string, Problem[]>();
  for (const problem of problems) {
    const node = problem.node ?? problem.edge?.split(".")[0]?.trim() ?? "";
    grouped.set(node, [...(grouped.get(node) ?? []), problem]);
  }
  return grouped;
}

/** Take over what the page was given. */
export function openDraft(bootstrap: Bootstrap): void {
  useDraft.setState({ types: new Map(bootstrap.node_types.map((spec) => [spec.kind, spec])) });
  Y.applyUpdate(doc, fromBase64(bootstrap.draft.state), REMOTE);
  undoManager.clear();
  takeBlueprint({ ...bootstrap.blueprint, document: currentDocument() });
}

/** Show the draft as the server has it now, for those who look: they get documents, not changes. */
export function followDocument(document: Document): void {
  draft.loadDocument(doc, document, REMOTE);
}

/** Take over what the server says of the blueprint, without touching the draft. */
export function takeBlueprint(blueprint: Blueprint): void {
  useDraft.setState({ blueprint, problems: groupProblems(blueprint.problems) });
}

export function undo(): void {
  undoManager.undo();
}

export function redo(): void {
  undoManager.redo();
}

/** Be told when a step was undone or done again. */
export function onUndo(told: () => void): void {
  undoManager.on("stack-item-popped", told);
}

/** Begin a new undo step: what follows is not undone together with what came before. */
export function beginStep(): void {
  undoManager.stopCapturing();
}

/** Run changes as an undo step of their own; what each of them brings has its size and place only in what comes `then`. */
export function asStep<T>(work: () => T, ...then: (() => void)[]): T {
  beginStep();
  const result = doc.transact(work, LOCAL);
  for (const next of then) doc.transact(next, LOCAL);
  beginStep();
  return result;
}

/** What keeps ids apart that pages give at the same time. */
const MARK = Array.from({ length: 3 }, () => "abcdefghijkmnpqrstuvwxyz23456789"[Math.floor(Math.random() * 32)]).join("");
let apart = false;

/** Say whether others may add something that this page does not know yet. */
export function keepApart(wanted: boolean): void {
  apart = wanted;
}

/** An id for something new. */
export function newId(kind: string, taken: (id: string) => boolean = () => false): string {
  return draft.freshId((id) => all.nodes.has(id) || all.notes.has(id) || taken(id), kind, apart ? MARK : "");
}

/** The draft as it would be saved now; with `only`, of its nodes and notes only these. */
export function currentDocument(only?: ReadonlySet<string>): Document {
  return toDocument(doc, only);
}

// Typing merges into one step for as long as it goes on (the undo manager's capture timeout).
export const setTitle = (id: string, title: string): void => draft.setTitle(doc, id, title);
export const setParameter = (id: string, name: string, value: Json | undefined): void =>
  draft.setParameter(doc, id, name, value);
export const setSetting = <K extends keyof NodeSettings>(
  id: string,
  name: K,
  value: NodeSettings[K] | undefined,
): void => draft.setSetting(doc, id, name, value);
export const setIdle = (id: string, how: "disabled" | "bypass", idle: boolean): void =>
  asStep(() => draft.setIdle(doc, [id], how, idle));
export const setPromoted = (id: string, name: string, promoted: boolean): void =>
  asStep(() => draft.setPromoted(doc, id, name, promoted));
export const renameOutput = (id: string, before: string, after: string): void =>
  draft.renameOutput(doc, id, before, after);
export const setBlueprint = (
  field: draft.BlueprintField,
  value: string | JsonObject | BlueprintSettings | readonly TestCase[] | undefined,
): void => draft.setBlueprint(doc, field, value);

// --- hooks for one thing each ---------------------------------------------------

export function useSpec(kind: string | undefined): NodeSpec | undefined {
  return useDraft((state) => (kind === undefined ? undefined : state.types.get(kind)));
}

export function useProblems(node: string): readonly Problem[] {
  return useDraft((state) => state.problems.get(node) ?? NO_PROBLEMS);
}
