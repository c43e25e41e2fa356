import { describe, expect, it } from "vitest";

import { port, spec } from "./building";
import type { DraftNode } from "./draft";
import { edgeText, parseEdge } from "./edges";
import { fits, swap, swappable } from "./swap";
import type { NodeSpec, PortSpec, PortType, Schema } from "./types";

function typed(kind: string, inputs: PortSpec[], outputs: PortSpec[], properties: Record<string, Schema> = {}): NodeSpec {
  return spec({ kind, inputs, outputs, parameters: { properties } });
}

const IF = typed("if", [port("in")], [port("true"), port("false")], { condition: { type: "string" } });
const SET = typed("set", [port("in")], [port("out", "object")], { fields: { type: "object" } });
const OTHER = typed("other", [port("in")], [port("out"), port("false")], { condition: { type: "string" }, fields: {} });
const NUMBER = typed("number", [port("value", "number")], [port("out", "number")]);

function swapped(from: NodeSpec, to: NodeSpec, texts: readonly string[], part: Partial<DraftNode> = {}) {
  const node: DraftNode = {
    id: "x", kind: from.kind, title: "", parameters: {}, promoted: [], settings: {}, frame: "", pin: null, ...part,
  };
  const edges = texts.flatMap((id) => {
    const ends = parseEdge(id);
    return ends ? [{ id, ...ends }] : [];
  });
  const types: Record<string, PortType> = { text: "text" };
  const found = swap(node, from, to, edges, (id) =>
    id === "x" ? from : { inputs: [port("in")], outputs: [port("out", types[id])] },
  );
  return { ...found, moved: found.moved.map(({ old, ends }) => [old, edgeText(ends)]) };
}

describe("another kind for a node", () => {
  it("keeps the edges whose ports are called the same, and moves the others by place", () => {
    const found = swapped(IF, OTHER, ["a.out -> x.in", "x.true -> b.in", "x.false -> c.in"]);
    expect(found.moved).toEqual([["x.true -> b.in", "x.out -> b.in"]]);
    expect(found.lost).toEqual([]);
  });

  it("lets go of the edges for which there is no port", () => {
    const found = swapped(IF, SET, ["x.true -> b.in", "x.false -> c.in", "a.out -> b.in"]);
    expect(found.moved).toEqual([["x.true -> b.in", "x.out -> b.in"]]);
    expect(found.lost).toEqual(["x.false -> c.in"]);
  });

  it("lets go of the edges whose types do not agree", () => {
    const found = swapped(SET, NUMBER, ["text.out -> x.in", "x.out -> b.in"]);
    expect([found.moved, found.lost]).toEqual([[], ["text.out -> x.in"]]);
  });

  it("keeps the parameters that fit", () => {
    const found = swapped(IF, OTHER, [], { parameters: { condition: "{{ input }}", gone: 1 }, promoted: ["gone"] });
    expect([found.parameters, found.promoted]).toEqual([{ condition: "{{ input }}" }, []]);
    expect(fits({ anyOf: [{ type: "integer" }, { type: "null" }] }, 1.5)).toBe(false);
    expect(fits({ anyOf: [{ type: "integer" }, { type: "null" }] }, null)).toBe(true);
    expect(fits({ enum: ["a", "b"], type: "string" }, "c")).toBe(false);
    expect(fits({ type: "integer" }, "{{ input.count }}")).toBe(true);
  });

  it("is offered to cards as a card, to frames as a frame, and never puts a trigger into a frame", () => {
    const frame = { ...SET, kind: "frame", begins: ["item"] };
    const trigger = { ...SET, kind: "trigger", trigger: true };
    expect([swappable(SET, IF, false), swappable(SET, SET, false), swappable(SET, frame, false)]).toEqual([true, false, false]);
    expect([swappable(SET, trigger, false), swappable(SET, trigger, true)]).toEqual([true, false]);
  });
});
