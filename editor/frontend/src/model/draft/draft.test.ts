import { describe, expect, it } from "vitest";
import * as Y from "yjs";

import * as draft from ".";
import type { Document } from "../types";

const ORDER: Document = {
  format: "conductor/1",
  name: "Order intake",
  inputs: { order: { type: "object" } },
  nodes: {
    hook: { kind: "trigger.webhook" },
    check: { kind: "flow.if", parameters: { condition: "{{ input.total > 100 }}" } },
    charge: { kind: "http.request", settings: { on_error: "route", retry: { attempts: 5 } } },
  },
  edges: ["hook.out -> check.in", "check.true -> charge.in"],
  layout: { hook: [0, 0], check: [280, 0], charge: [560, -40] },
  collapsed: ["check"],
  routes: { "check.true -> charge.in": { points: [[400, 60], [420, 80]], name: "large orders" } },
  notes: [{ id: "note", text: "Above 100", x: 10, y: 20, width: 240, height: 120, color: "yellow" }],
};

function open(document: Document = ORDER): { doc: Y.Doc; undo: Y.UndoManager } {
  const doc = new Y.Doc();
  draft.loadDocument(doc, document);
  const all = Object.values(draft.maps(doc)) as Y.AbstractType<unknown>[];
  const undo = new Y.UndoManager(all, { trackedOrigins: new Set([draft.LOCAL]), captureTimeout: 0 });
  return { doc, undo };
}

describe("the draft", () => {
  it("writes the document that it read, in the same order", () => {
    expect(JSON.stringify(draft.toDocument(open().doc))).toBe(JSON.stringify(ORDER));
  });

  it("keeps what it does not know", () => {
    const unknown = { ...ORDER, frames: { a: 1 } } as Document;
    expect(draft.toDocument(open(unknown).doc)).toMatchObject({ frames: { a: 1 } });
  });

  it("carries its tests, and undo brings back what one of them expected", () => {
    const tests = [{ name: "passes", inputs: { total: 5 }, expect: { outputs: { n: null } } }];
    const { doc, undo } = open({ ...ORDER, tests });
    expect(draft.toDocument(doc).tests).toEqual(tests);
    draft.setBlueprint(doc, "tests", [{ name: "passes" }]);
    expect(draft.toDocument(doc).tests).toEqual([{ name: "passes" }]);
    draft.setBlueprint(doc, "tests", undefined);
    expect(draft.toDocument(doc)).not.toHaveProperty("tests");
    undo.undo();
    undo.undo();
    expect(draft.toDocument(doc).tests).toEqual(tests);
  });

  it("keeps how an edge is drawn when it leads elsewhere, and moves its points with both of its ends", () => {
    const { doc, undo } = open();
    const routes = () => draft.toDocument(doc).routes;
    const route = { points: [[400, 60], [420, 80]], name: "large orders" };
    draft.replaceEdge(doc, "check.true -> charge.in", { source: "check", sourcePort: "false", target: "charge", targetPort: "in" });
    expect(routes()).toEqual({ "check.false -> charge.in": route });
    draft.renameOutput(doc, "check", "false", "small");
    expect(routes()).toEqual({ "check.small -> charge.in": route });
    draft.moveNodes(doc, [["check", 290, 30], ["charge", 570, -10]]);
    expect(routes()).toEqual({ "check.small -> charge.in": { ...route, points: [[410, 90], [430, 110]] } });
    draft.moveNodes(doc, [["check", 0, 0]]);
    draft.moveNodes(doc, [["check", 10, 0], ["charge", 570, 0]]);
    expect(routes()?.["check.small -> charge.in"]?.points).toEqual([[410, 90], [430, 110]]);
    draft.setRoute(doc, "check.small -> charge.in", { points: [] });
    expect(routes()).toBeUndefined();
    draft.setRoute(doc, "no.such -> edge.in", { name: "nobody" });
    expect(routes()).toBeUndefined();
    for (let step = 0; step < 6; step += 1) undo.undo();
    expect(draft.toDocument(doc)).toEqual(ORDER);
  });

  it("removes a node with its edges and place, and undo brings all of it back", () => {
    const { doc, undo } = open();
    draft.remove(doc, { nodes: ["check"] });
    const without = draft.toDocument(doc);
    expect(Object.keys(without.nodes ?? {})).toEqual(["hook", "charge"]);
    expect(without.edges).toEqual([]);
    expect(without.layout).not.toHaveProperty("check");
    expect(without).not.toHaveProperty("collapsed");
    expect(without).not.toHaveProperty("routes");
    undo.undo();
    expect(draft.toDocument(doc)).toEqual(ORDER);
  });

  it("undoes parameters, places, titles and notes alike", () => {
    const { doc, undo } = open();
    draft.setParameter(doc, "check", "condition", true);
    draft.setTitle(doc, "check", "Large?");
    draft.moveNodes(doc, [["check", 300, 7], ["note", 1, 2]]);
    draft.setNote(doc, "note", { text: "other" });
    draft.setBlueprint(doc, "name", "Renamed");
    expect(draft.toDocument(doc).name).toBe("Renamed");
    for (let step = 0; step < 5; step += 1) undo.undo();
    expect(draft.toDocument(doc)).toEqual(ORDER);
  });

  it("does not undo what came from the server", () => {
    const { doc, undo } = open();
    draft.loadDocument(doc, { ...ORDER, name: "Theirs" });
    undo.undo();
    expect(draft.toDocument(doc).name).toBe("Theirs");
  });

  it("leaves a setting out again when it gets its default back", () => {
    const { doc } = open();
    draft.setSetting(doc, "hook", "disabled", true);
    expect(draft.toDocument(doc).nodes?.["hook"]?.settings).toEqual({ disabled: true });
    draft.setSetting(doc, "hook", "disabled", undefined);
    expect(draft.toDocument(doc).nodes?.["hook"]).toEqual({ kind: "trigger.webhook" });
  });

  it("takes a promoted port's edges away with the port", () => {
    const { doc } = open();
    draft.setPromoted(doc, "charge", "url", true);
    draft.addEdge(doc, { source: "hook", sourcePort: "out", target: "charge", targetPort: "url" });
    draft.setPromoted(doc, "charge", "url", false);
    expect(draft.toDocument(doc)).toEqual(ORDER);
  });

  it("keeps a renamed port's edges, at their place", () => {
    const { doc } = open();
    draft.renameOutput(doc, "hook", "out", "request");
    expect(draft.toDocument(doc).edges).toEqual(["hook.request -> check.in", "check.true -> charge.in"]);
  });

  it("does not move what stands there already", () => {
    const { doc, undo } = open();
    draft.moveNodes(doc, [["hook", 0.2, 0]]);
    expect(undo.canUndo()).toBe(false);
  });

  it("finds a free id for every kind", () => {
    const taken = new Set(["request", "request_2"]);
    expect(draft.freshId((id) => taken.has(id), "http.request")).toBe("request_3");
    expect(draft.freshId(() => false, "acme.3d-print")).toBe("node_3d-print");
  });

  it("merges what two people draw at the same time", () => {
    const one = open().doc;
    const other = new Y.Doc();
    Y.applyUpdate(other, Y.encodeStateAsUpdate(one));
    draft.setTitle(one, "hook", "From one");
    draft.setParameter(other, "check", "condition", false);
    Y.applyUpdate(other, Y.encodeStateAsUpdate(one));
    Y.applyUpdate(one, Y.encodeStateAsUpdate(other));
    expect(draft.toDocument(one)).toEqual(draft.toDocument(other));
    expect(draft.toDocument(one).nodes?.["hook"]?.title).toBe("From one");
    expect(draft.toDocument(one).nodes?.["check"]?.parameters).toEqual({ condition: false });
  });

  it("takes over a document by what differs, so that what others do to the rest is merged", () => {
    const one = open().doc;
    const other = new Y.Doc();
    Y.applyUpdate(other, Y.encodeStateAsUpdate(one));
    draft.setTitle(other, "hook", "Meanwhile");
    draft.loadDocument(one, { ...ORDER, name: "Restored", edges: [], nodes: { charge: { kind: "flow.if" }, ...ORDER.nodes } });
    Y.applyUpdate(one, Y.encodeStateAsUpdate(other));
    const document = draft.toDocument(one);
    expect([document.name, document.edges, document.nodes?.["hook"]?.title]).toEqual(["Restored", [], "Meanwhile"]);
    const updates: Uint8Array[] = [];
    one.on("update", (update: Uint8Array) => updates.push(update));
    draft.loadDocument(one, document);
    expect(updates).toEqual([]);
  });

  it("has one order for all, also of what was added at the same moment", () => {
    const one = open().doc;
    const other = new Y.Doc();
    Y.applyUpdate(other, Y.encodeStateAsUpdate(one));
    const added = (id: string) => ({ nodes: { [id]: { kind: "flow.if" } }, layout: {}, edges: [{ source: "hook", sourcePort: "out", target: id, targetPort: "in" }] });
    draft.insert(one, added("b"));
    draft.insert(other, added("a"));
    Y.applyUpdate(other, Y.encodeStateAsUpdate(one));
    Y.applyUpdate(one, Y.encodeStateAsUpdate(other));
    expect(JSON.stringify(draft.toDocument(one))).toBe(JSON.stringify(draft.toDocument(other)));
    expect(Object.keys(draft.toDocument(one).nodes ?? {}).slice(-2)).toEqual(["a", "b"]);
  });

  it("keeps values with objects as text, whose keys keep their order through any merging", () => {
    const { doc } = open();
    draft.setParameter(doc, "check", "fields", { b: 1, a: [{ z: 1, y: 2 }] });
    const kept = (draft.maps(doc).nodes.get("check")?.get("parameters") as Y.Map<unknown>).get("fields");
    expect(kept).toEqual({ json: '{"b":1,"a":[{"z":1,"y":2}]}' });
    expect(draft.toDocument(doc).nodes?.["check"]?.parameters?.["fields"]).toEqual({ b: 1, a: [{ z: 1, y: 2 }] });
  });

  it("gives ids that other pages do not give at the same moment", () => {
    expect(draft.freshId((id) => id === "if_abc", "flow.if", "abc")).toBe("if_abc_2");
  });
});
