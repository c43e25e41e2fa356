/** The nodes of the draft, and what people set of them. */
import * as Y from "yjs";

import type { EdgeEnds } from "../edges";
import type { DocumentNode, Json, JsonObject, NodeSettings } from "../types";
import { unpacked } from "../values";
import { dropEdge, moveEdge, readEdges } from "./edges";
import { change, maps, ordered, setOrDelete, type Shared, sharedValues, valuesOf } from "./shared";

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

export function sharedNode(node: DocumentNode, order: number): Shared {
  const { parameters = {}, settings = {}, ...rest } = node;
  const shared = sharedValues({ ...rest, order });
  shared.set("parameters", sharedValues(parameters));
  shared.set("settings", sharedValues(settings));
  return shared;
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

export function nodeIds(doc: Y.Doc): string[] {
  return ordered(maps(doc).nodes).map(([id]) => id);
}

function changeNode(doc: Y.Doc, id: string, work: (node: Shared) => void): void {
  change(doc, (all) => {
    const node = all.nodes.get(id);
    if (node) work(node);
  });
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
