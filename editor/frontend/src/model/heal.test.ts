import { describe, expect, it } from "vitest";

import type { Drawing } from "./checks";
import { edgeText, parseEdge } from "./edges";
import { heal } from "./heal";
import type { NodePort, Ports } from "./ports";

function port(name: string, part: Partial<NodePort> = {}): NodePort {
  return { name, type: "any", required: false, multiple: false, title: name, description: "", ...part };
}

const PLAIN: Ports = { inputs: [port("in")], outputs: [port("out"), port("error")] };
const PORTS: Record<string, Ports> = {
  text: { inputs: [], outputs: [port("out", { type: "text" })] },
  call: { inputs: [port("in"), port("url", { promoted: true })], outputs: [port("out")] },
  number: { inputs: [port("in", { type: "number" })], outputs: [] },
  frame: {
    inputs: [port("in"), port("result", { inner: true })],
    outputs: [port("item", { inner: true }), port("out")],
  },
};

function healed(texts: readonly string[], ...nodes: string[]) {
  const drawing: Drawing = {
    ports: (node) => PORTS[node] ?? PLAIN,
    hasEdge: (id) => texts.includes(id),
    members: () => new Map([["held", { holder: "frame" }]]),
  };
  const edges = texts.flatMap((id) => {
    const ends = parseEdge(id);
    return ends ? [{ id, ...ends }] : [];
  });
  const found = heal(drawing, edges, new Set(nodes));
  return { ...found, made: found.made.map(edgeText) };
}

describe("healing", () => {
  it("joins what came in with what went out", () => {
    const found = healed(["a.out -> x.in", "x.out -> b.in", "x.out -> c.in"], "x");
    expect(found.made).toEqual(["a.out -> b.in", "a.out -> c.in"]);
    expect(found.gone).toEqual(["a.out -> x.in", "x.out -> b.in", "x.out -> c.in"]);
  });

  it("passes through all that goes, also in a circle, and keeps the edges within", () => {
    const found = healed(["a.out -> x.in", "x.out -> y.in", "y.out -> x.in", "y.out -> b.in"], "x", "y");
    expect(found.made).toEqual(["a.out -> b.in"]);
    expect(found.gone).toEqual(["a.out -> x.in", "y.out -> b.in"]);
  });

  it("passes on what went through a node, and not the value of its parameter", () => {
    expect(healed(["a.out -> call.in", "b.out -> call.url", "call.out -> c.in"], "call").made).toEqual(["a.out -> c.in"]);
    expect(healed(["b.out -> call.url", "call.out -> c.in"], "call").made).toEqual(["b.out -> c.in"]);
  });

  it("leaves apart what does not agree, and says how much that is", () => {
    const found = healed(["text.out -> x.in", "x.out -> number.in"], "x");
    expect(found.made).toEqual([]);
    expect(found.open).toBe(1);
  });

  it("does not take an error for what went out", () => {
    expect(healed(["a.out -> x.in", "x.error -> b.in"], "x").made).toEqual([]);
  });

  it("makes no edge twice", () => {
    const found = healed(["a.out -> b.in", "a.out -> x.in", "x.out -> b.in"], "x");
    expect([found.made, found.open]).toEqual([[], 0]);
  });

  it("passes a frame by its outer ports and leaves its inside alone", () => {
    const inside = ["frame.item -> held.in", "held.out -> frame.result"];
    const found = healed(["a.out -> frame.in", "frame.out -> b.in", ...inside], "frame");
    expect(found.made).toEqual(["a.out -> b.in"]);
    expect(found.gone).toEqual(["a.out -> frame.in", "frame.out -> b.in"]);
  });

  it("closes the gap inside a frame between the frame's own ports", () => {
    const found = healed(["frame.item -> held.in", "held.out -> frame.result"], "held");
    expect(found.made).toEqual(["frame.item -> frame.result"]);
  });
});
