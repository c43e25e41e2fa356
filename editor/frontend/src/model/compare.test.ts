import { describe, expect, it } from "vitest";

import { apart, compare, countOf, summaryOf, union } from "./compare";
import type { Document } from "./types";

const BEFORE: Document = {
  format: "conductor/1",
  name: "One",
  nodes: {
    a: { kind: "http.request", parameters: { url: "https://one", retries: 0 }, settings: { timeout: 5 } },
    b: { kind: "data.set" },
    c: { kind: "flow.output", parameters: { name: "x" } },
  },
  edges: ["a.out -> b.in", "b.out->c.in"],
  layout: { a: [0, 0], b: [300, 0], c: [600, 0] },
  notes: [{ id: "n", text: "Hello", x: 1, y: 2 }],
};

function changed(part: Partial<Document>): Document {
  return { ...BEFORE, ...part };
}

describe("the comparison of two documents", () => {
  it("finds nothing where nothing changed, however it is written", () => {
    const other = changed({
      description: "",
      nodes: { ...BEFORE.nodes, b: { kind: "data.set", parameters: {}, settings: { disabled: false, timeout: null }, pin: null } },
      edges: ["b.out -> c.in", "a.out -> b.in"],
      notes: [{ id: "n", text: "Hello", x: 1, y: 2, width: 240, height: 120, color: "yellow" }],
    });
    const found = compare(BEFORE, other);
    expect(countOf(found)).toBe(0);
    expect(found.moved).toEqual([]);
    expect(summaryOf(found)).toBe("nothing has changed");
  });

  it("tells old and new value of each parameter and setting", () => {
    const a = { kind: "http.request", title: "Call", parameters: { url: "https://two", retries: 0, body: null }, settings: { disabled: true } };
    const [node] = compare(BEFORE, changed({ nodes: { ...BEFORE.nodes, a } })).nodes;
    expect(node?.sign).toBe("~");
    expect(node?.values).toEqual([
      { group: "", name: "title", before: undefined, after: "Call" },
      { group: "parameters", name: "url", before: "https://one", after: "https://two" },
      { group: "parameters", name: "body", before: undefined, after: null },
      { group: "settings", name: "timeout", before: 5, after: undefined },
      { group: "settings", name: "disabled", before: undefined, after: true },
    ]);
  });

  it("takes a parameter's false and empty text for values", () => {
    const a = { kind: "http.request", parameters: { url: "", retries: 0, follow: false }, settings: { timeout: 5 } };
    const [node] = compare(BEFORE, changed({ nodes: { ...BEFORE.nodes, a } })).nodes;
    expect(node?.values.map(({ name, after }) => [name, after])).toEqual([
      ["url", ""],
      ["follow", false],
    ]);
  });

  it("tells nodes and edges that came and went", () => {
    const { c: _gone, ...rest } = BEFORE.nodes ?? {};
    const after = changed({ nodes: { ...rest, d: { kind: "flow.wait" } }, edges: ["a.out -> b.in", "b.out -> d.in"] });
    const found = compare(BEFORE, after);
    expect(found.nodes.map(({ id, sign }) => sign + id)).toEqual(["+d", "-c"]);
    expect(found.edges).toEqual([
      { id: "b.out -> d.in", sign: "+" },
      { id: "b.out -> c.in", sign: "-" },
    ]);
    expect(summaryOf(found)).toBe("1 node added, 1 removed; 1 edge added, 1 removed");
    const both = union(BEFORE, after, found);
    expect(Object.keys(both.nodes ?? {})).toEqual(["a", "b", "d", "c"]);
    expect(both.layout?.["c"]).toEqual([600, 0]);
    expect(both.edges).toEqual(["a.out -> b.in", "b.out -> d.in", "b.out -> c.in"]);
  });

  it("keeps geometry apart from meaning", () => {
    const [edge = ""] = BEFORE.edges ?? [];
    expect(compare(BEFORE, changed({ routes: { [edge]: { points: [[5, 5]] } } }))).toEqual({ blueprint: [], nodes: [], edges: [], notes: [], moved: [edge] });
    expect(compare(BEFORE, changed({ collapsed: ["b"] }))).toEqual({ blueprint: [], nodes: [], edges: [], notes: [], moved: ["b"] });
    const found = compare(BEFORE, changed({ layout: { ...BEFORE.layout, b: [320, 40] }, notes: [{ id: "n", text: "Hello", x: 9, y: 2 }] }));
    expect(countOf(found)).toBe(0);
    expect(found.moved).toEqual(["b", "n"]);
    expect(summaryOf(found)).toBe("2 moved");
  });

  it("tells a frame that a node came into as a change of the node", () => {
    const b = { kind: "data.set", frame: "loop" };
    expect(compare(BEFORE, changed({ nodes: { ...BEFORE.nodes, b } })).nodes[0]?.values).toEqual([
      { group: "", name: "frame", before: undefined, after: "loop" },
    ]);
  });

  it("tells the blueprint's own values, and notes by their text", () => {
    const found = compare(BEFORE, changed({ name: "Two", vars: { site: "here" }, settings: { concurrency: 2 }, notes: [{ id: "n", text: "Bye", x: 1, y: 2 }] }));
    expect(found.blueprint.map(({ group, name }) => [group, name])).toEqual([
      ["", "name"],
      ["vars", "site"],
      ["settings", "concurrency"],
    ]);
    expect(found.notes).toEqual([{ id: "n", sign: "~", before: "Hello", after: "Bye" }]);
  });

  it("tells what a document has beside its drawing, such as its test cases", () => {
    const tests = [{ name: "works" }];
    const found = compare(BEFORE, { ...BEFORE, tests } as Document);
    expect(found.blueprint).toEqual([{ group: "", name: "tests", before: undefined, after: tests }]);
  });

  it("is the other way round with its sides exchanged", () => {
    const after = changed({ nodes: { a: BEFORE.nodes?.["a"] ?? { kind: "" }, z: { kind: "x.y" } }, edges: [] });
    const turn = { "+": "-", "-": "+", "~": "~" } as const;
    const forth = compare(BEFORE, after).nodes.map(({ id, sign }) => turn[sign] + id);
    const back = compare(after, BEFORE).nodes.map(({ id, sign }) => sign + id);
    expect(forth.sort()).toEqual(back.sort());
  });

  it("shows where two texts part", () => {
    expect(apart("https://one/x", "https://two/x")).toEqual({ start: "https://", before: "one", after: "two", end: "/x" });
    expect(apart("aa", "aaa")).toEqual({ start: "aa", before: "", after: "a", end: "" });
    expect(apart("", "new")).toEqual({ start: "", before: "", after: "new", end: "" });
  });
});
