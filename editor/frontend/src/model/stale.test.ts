import { expect, test } from "vitest";

import type { DraftEdge, DraftNode } from "./draft";
import { parseEdge } from "./edges";
import { staleNodes } from "./stale";
import type { Document, DocumentNode } from "./types";

const run: Document = {
  format: "conductor/1",
  name: "",
  nodes: { a: { kind: "t" }, b: { kind: "s", parameters: { x: 1 } }, c: { kind: "s", frame: "f" }, f: { kind: "f" }, d: { kind: "s" }, e: { kind: "s" } },
  edges: ["a.out -> b.in", "b.out -> c.in", "f.out -> d.in", "a.out -> e.in"],
};

function now(changes: Record<string, Partial<DocumentNode>> = {}, edges = run.edges ?? []): ReadonlySet<string> {
  const nodes = Object.entries({ ...run.nodes, ...changes }).map(([id, node]): DraftNode => ({
    id, title: "", parameters: {}, promoted: [], settings: {}, frame: "", pin: null, kind: "", ...run.nodes?.[id], ...node,
  }));
  return staleNodes(run, nodes, edges.flatMap((id): DraftEdge[] => {
    const ends = parseEdge(id);
    return ends ? [{ id, ...ends }] : [];
  }));
}

test("nothing is stale of a run of the drawing as it is, whatever is called or pinned otherwise", () => {
  expect(now()).toEqual(new Set());
  expect(now({ b: { title: "Other", pin: { out: 1 } } })).toEqual(new Set());
});

test("a changed node is stale, with all that follows it and the frames around that", () => {
  expect(now({ b: { parameters: { x: 2 } } })).toEqual(new Set(["b", "c", "f", "d"]));
});

test("a node is stale whose edges come from elsewhere, and a new one is not", () => {
  const edges = [...(run.edges ?? []).slice(0, 3), "b.out -> e.in", "n.out -> a.in"];
  expect(now({ n: { kind: "s" } }, edges.slice(0, 4))).toEqual(new Set(["e"]));
  expect(now({ n: { kind: "s" } }, edges)).toEqual(new Set(["a", "b", "c", "d", "e", "f"]));
});
