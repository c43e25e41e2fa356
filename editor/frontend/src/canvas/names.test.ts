/** Names that every object has from its prototype are names like any others. */
import { beforeEach, describe, expect, it, vi } from "vitest";

import { compare, countOf, union } from "../model/compare";
import { loadDocument, LOCAL } from "../model/draft";
import type { Document } from "../model/types";
import { asStep, currentDocument, doc, useDraft } from "../store/document";
import { useRights } from "../store/rights";
import { select } from "../store/selection";

vi.mock("./view", () => ({ bringIntoView: () => undefined, onCanvas: () => true }));

const NAMES = ["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf", "plain"];

/** A chain of nodes with these names, of which each has parameters and settings with these names, too. */
function chain(names: readonly string[]): Document {
  const values = Object.fromEntries(names.map((name) => [name, { [name]: `of ${name}` }]));
  return {
    format: "conductor/1",
    name: "Names",
    inputs: Object.fromEntries(names.map((name) => [name, { type: "string" }])),
    nodes: Object.fromEntries(names.map((name) => [name, { kind: "data.set", parameters: values, pin: { out: values } }])),
    edges: names.slice(1).map((name, at) => `${names[at]}.out -> ${name}.in`),
    layout: Object.fromEntries(names.map((name, at) => [name, [100 * at, 7] as [number, number]])),
    notes: names.map((name) => ({ id: `${name}_n`, text: name, x: 0, y: 0, width: 240, height: 120, color: "yellow" })),
  } as Document;
}

const text = (document: Document): string => JSON.stringify(document);

/** Every order in which two of the names may stand, and all of them. */
const DRAWINGS = [...NAMES.flatMap((one) => NAMES.filter((other) => other !== one).map((other) => [one, other])), NAMES];

beforeEach(() => {
  useRights.setState({ right: "own" });
  loadDocument(doc, { format: "conductor/1", name: "Empty" });
});

describe("a drawing whose names every object has", () => {
  it.each(DRAWINGS)("is kept, compared and drawn with what is gone: %s, %s", (...names) => {
    const document = chain(names);
    loadDocument(doc, document);
    const kept = currentDocument();
    expect(text({ ...kept, nodes: {} })).toBe(text({ ...document, nodes: {} }));
    expect(Object.keys(kept.nodes ?? {})).toEqual(names);
    expect(useDraft.getState().nodes.map(({ id, pin }) => [id, Object.keys(Object(pin?.["out"]))])).toEqual(names.map((id) => [id, names]));
    expect(countOf(compare(document, kept))).toBe(0);
    const left = Object.fromEntries(Object.entries(document.nodes ?? {}).slice(1));
    const without = { ...document, nodes: left } as Document;
    const comparison = compare(document, without);
    expect(comparison.nodes.map(({ id, sign }) => [id, sign])).toEqual([[names[0], "-"]]);
    expect(Object.keys(union(document, without, comparison).nodes ?? {}).toSorted()).toEqual(names.toSorted());
  });

  it("is copied and put in whole", async () => {
    const { insertPiece, selectedPiece } = await import("./clipboard");
    asStep(() => loadDocument(doc, chain(NAMES), LOCAL));
    select([...NAMES]);
    const piece = selectedPiece();
    expect(Object.keys(piece?.nodes ?? {})).toEqual(NAMES);
    loadDocument(doc, { format: "conductor/1", name: "Other" });
    insertPiece(JSON.parse(text(piece as Document)) as Document, { by: [0, 0] });
    expect(useDraft.getState().nodes.map(({ id }) => id)).toEqual(NAMES);
    expect(useDraft.getState().layout.get("__proto__")).toEqual([0, 7]);
    expect(useDraft.getState().edges).toHaveLength(NAMES.length - 1);
  });
});
