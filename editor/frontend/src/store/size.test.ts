import { expect, it } from "vitest";
import * as Y from "yjs";

import { loadDocument, maps, setParameter, toDocument } from "../model/draft";
import { asStep, currentDocument, doc, redo, undo, undoManager, useDraft } from "./document";
import { limitSize, outgrown, takeBack } from "./size";
import { useUi } from "./ui";

it("takes back the change that makes the blueprint too large, and what is sent then is small and goes on", () => {
  loadDocument(doc, { format: "conductor/1", name: "Large", nodes: { set: { kind: "data.set", parameters: { x: 1 } } } });
  const server = new Y.Doc();
  Y.applyUpdate(server, Y.encodeStateAsUpdate(doc));
  const changes: Uint8Array[] = [];
  doc.on("update", (change: Uint8Array) => changes.push(change));
  limitSize(2000);
  const large = (size: number): boolean => {
    asStep(() => setParameter(doc, "set", "x", "ü".repeat(size)));
    return outgrown(changes.at(-1) as Uint8Array);
  };
  expect(large(500)).toBe(false);
  expect(large(1000)).toBe(true);
  const whole = takeBack() as Uint8Array;
  expect(whole.length).toBeLessThan(1500);
  expect(useUi.getState().message?.text).toContain("The last change is undone");
  expect(currentDocument().nodes?.["set"]?.parameters?.["x"]).toBe("ü".repeat(500));
  expect(useDraft.getState().canRedo).toBe(false);
  Y.applyUpdate(server, whole);
  // Later edits, undo and redo build on what was sent.
  for (const work of [() => void large(20), undo, undo, redo]) {
    changes.length = 0;
    work();
    for (const change of changes) Y.applyUpdate(server, change);
    expect(toDocument(server)).toEqual(currentDocument());
  }
  expect(server.store.pendingStructs).toBeNull();
  expect(maps(server).nodes.size).toBe(1);
  // A drawing that was too large already may shrink; where nothing can be undone, nothing is.
  limitSize(10);
  asStep(() => setParameter(doc, "set", "x", "s"));
  expect(outgrown(changes.at(-1) as Uint8Array)).toBe(false);
  undoManager.clear();
  expect(takeBack()).toBeNull();
});
