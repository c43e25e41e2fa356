import { describe, expect, it } from "vitest";

import type { Drawing } from "./checks";
import { joinsOf, type OwnPort } from "./joins";
import type { NodePort, Ports } from "./ports";

function port(name: string, type: NodePort["type"] = "any"): NodePort {
  return { name, type, required: false, multiple: false, title: name, description: "" };
}

const PORTS: Record<string, Ports> = {
  start: { inputs: [], outputs: [port("out", "text")] },
  near: { inputs: [port("in")], outputs: [port("out")] },
  far: { inputs: [port("in", "text")], outputs: [] },
  behind: { inputs: [port("in")], outputs: [] },
  number: { inputs: [port("in", "number")], outputs: [] },
};
const BOXES = [
  { id: "behind", x: -300, y: 0, width: 220, height: 56 },
  { id: "far", x: 900, y: 0, width: 220, height: 56 },
  { id: "start", x: 0, y: 0, width: 220, height: 56 },
  { id: "near", x: 300, y: 40, width: 220, height: 56 },
  { id: "number", x: 300, y: 0, width: 220, height: 56 },
];
const OUT: OwnPort = { side: "output", port: port("out", "text") };

function drawing(...edges: string[]): Drawing {
  return { ports: (node) => PORTS[node], hasEdge: (id) => edges.includes(id), members: () => new Map() };
}

describe("what a port may be joined to", () => {
  it("is listed with what lies ahead and near first, and without what does not fit", () => {
    const found = joinsOf(drawing(), "start", OUT, BOXES);
    expect(found.map((join) => join.node)).toEqual(["near", "far", "behind"]);
    expect(found[0]?.ends).toEqual({ source: "start", sourcePort: "out", target: "near", targetPort: "in" });
  });

  it("holds what it is joined to already, to be parted", () => {
    const found = joinsOf(drawing("start.out -> far.in"), "start", OUT, BOXES);
    expect(found.filter((join) => join.joined).map((join) => join.node)).toEqual(["far"]);
  });

  it("is an output where the port is an input", () => {
    const found = joinsOf(drawing(), "near", { side: "input", port: port("in") }, BOXES);
    expect(found.map((join) => join.ends.source)).toEqual(["start"]);
  });
});
