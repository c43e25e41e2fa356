import { describe, expect, it } from "vitest";

import { meaning, meaningWithin, same } from "./difference";
import type { Document } from "./types";

const DOCUMENT: Document = {
  format: "conductor/1",
  name: "One",
  nodes: { a: { kind: "flow.wait", parameters: { seconds: 1 } }, b: { kind: "data.set" } },
  edges: ["a.out -> b.in"],
  layout: { a: [0, 0], b: [300, 0] },
  notes: [{ id: "note", text: "Hello", x: 20, y: 0, width: 240, height: 120, color: "yellow" }],
};

describe("two documents", () => {
  it("are the same where one leaves out what is usual", () => {
    const short: Document = {
      ...DOCUMENT,
      description: "",
      notes: [{ id: "note", text: "Hello", x: 20 }],
    };
    expect(same(DOCUMENT, short)).toBe(true);
  });

  it("differ where a node stands elsewhere, though they mean the same", () => {
    const moved: Document = { ...DOCUMENT, layout: { a: [0, 20], b: [300, 0] } };
    expect(same(DOCUMENT, moved)).toBe(false);
    expect(meaning(DOCUMENT)).toBe(meaning(moved));
  });

  it("differ in meaning by a parameter", () => {
    const slower: Document = {
      ...DOCUMENT,
      nodes: { ...DOCUMENT.nodes, a: { kind: "flow.wait", parameters: { seconds: 2 } } },
    };
    expect(same(DOCUMENT, slower)).toBe(false);
    expect(meaning(DOCUMENT)).not.toBe(meaning(slower));
  });
});

it("the meaning of a part is that of its nodes and of the edges between them", () => {
  const part = { format: "conductor/1", name: "", nodes: { a: { kind: "s" }, b: { kind: "s" } }, edges: ["a.out -> b.in"] };
  const whole = { ...part, nodes: { ...part.nodes, c: { kind: "s" } }, edges: [...part.edges, "b.out -> c.in"] };
  expect(meaningWithin(whole, part)).toBe(meaning(part));
  expect(meaningWithin({ ...whole, nodes: { ...whole.nodes, a: { kind: "t" } } }, part)).not.toBe(meaning(part));
});
