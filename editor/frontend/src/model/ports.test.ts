import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

import { port, spec } from "./building";
import { edgeReason, matchingPort } from "./checks";
import type { DraftNode } from "./draft";
import { parseEdge } from "./edges";
import { freePlace, HEADER_HEIGHT, NODE_WIDTH, ROW_HEIGHT, ROWS_PADDING, shapeOf } from "./geometry";
import { type Ports, portsOf } from "./ports";
import type { Json, PortType } from "./types";

function node(part: Partial<DraftNode> = {}): DraftNode {
  return { id: "a", kind: "test.node", title: "", parameters: {}, promoted: [], settings: {}, frame: "", pin: null, ...part };
}

const names = (ports: Ports["inputs"]): string[] => ports.map((each) => each.name);

describe("the ports of a node", () => {
  it("come from a list parameter first, as strings or by their names, each once", () => {
    const cases: Json[] = ["de", { name: "fr" }, "de", "", { when: 1 }, "default"];
    const parameters = { cases };
    const found = portsOf(node({ parameters }), spec({ ports_from: "cases", outputs: [port("default")] }));
    expect(names(found.outputs)).toEqual(["de", "fr", "default"]);
  });

  it("include the error port where errors are routed, and promoted parameters with their type", () => {
    const parameters = { properties: { url: { type: "string", title: "URL" } } };
    const found = portsOf(node({ promoted: ["url"], settings: { on_error: "route" } }), spec({ parameters }));
    expect(names(found.outputs)).toEqual(["out", "error"]);
    expect(found.inputs[1]).toMatchObject({ name: "url", type: "text", title: "URL", promoted: true });
  });

  it("include those that only an edge names, marked as missing", () => {
    const found = portsOf(node(), undefined, { inputs: new Set(["in"]), outputs: new Set() });
    expect(found.inputs).toMatchObject([{ name: "in", missing: true }]);
  });
});

describe("an edge", () => {
  const drawing = (source: PortType, target: PortType) => ({
    ports: (id: string): Ports | undefined =>
      id === "gone" ? undefined : { inputs: [port("in", target)], outputs: [port("out", source)] },
    hasEdge: (id: string) => id === "a.out -> c.in",
    members: () => new Map(),
  });
  const ends = { source: "a", sourcePort: "out", target: "b", targetPort: "in" };

  it("joins equal types, and any with everything", () => {
    expect(edgeReason(drawing("list", "list"), ends)).toBeNull();
    expect(edgeReason(drawing("any", "list"), ends)).toBeNull();
    expect(edgeReason(drawing("list", "any"), ends)).toBeNull();
  });

  it("is refused with a sentence that names both types", () => {
    const reason = edgeReason(drawing("object", "list"), ends);
    expect(reason).toBe("“out” gives an object, but “in” takes a list");
  });

  it("is refused twice, to itself alone, and where there is no port", () => {
    expect(edgeReason(drawing("any", "any"), { ...ends, target: "c" })).toContain("already");
    expect(edgeReason(drawing("any", "any"), { ...ends, target: "a" })).toContain("never end");
    expect(edgeReason(drawing("any", "any"), { ...ends, target: "gone" })).toContain("no longer");
    expect(edgeReason(drawing("any", "any"), { ...ends, sourcePort: "x" })).toContain("“x”");
  });

  it("finds the port of a new node that fits", () => {
    const typed = spec({ inputs: [port("size", "number"), port("rows", "list")] });
    expect(matchingPort(typed, { side: "output", port: port("out", "list") })?.name).toBe("rows");
    expect(matchingPort(typed, { side: "output", port: port("out", "file") })).toBeUndefined();
  });

  it("is read from its text, whatever the port is called", () => {
    expect(parseEdge("a.in Europe -> b.in")).toEqual({ ...ends, sourcePort: "in Europe" });
    expect(parseEdge("a -> b")).toBeUndefined();
  });
});

describe("the shape of a node", () => {
  it("is one line for the usual ports, and a row for each port otherwise", () => {
    const usual = shapeOf({ inputs: [port("in")], outputs: [port("out")] });
    expect(usual).toMatchObject({ height: HEADER_HEIGHT, compact: true });
    expect(usual.inputs[0]?.y).toBe(HEADER_HEIGHT / 2);
    const rows = shapeOf({ inputs: [port("in")], outputs: [port("true"), port("false")] });
    expect(rows.height).toBe(HEADER_HEIGHT + 2 * ROW_HEIGHT + 2 * ROWS_PADDING);
    expect(rows.outputs[1]?.y).toBe(HEADER_HEIGHT + ROWS_PADDING + 1.5 * ROW_HEIGHT);
  });

  it("agrees with the style sheet", () => {
    const css = readFileSync(new URL("../styles/canvas.css", import.meta.url), "utf8");
    const measure = (name: string): number => Number(new RegExp(`${name}: (\\d+)px`).exec(css)?.[1]);
    expect(measure("--node-width")).toBe(NODE_WIDTH);
    expect(measure("--node-header")).toBe(HEADER_HEIGHT);
    expect(measure("--node-row")).toBe(ROW_HEIGHT);
    expect(measure("--node-padding")).toBe(ROWS_PADDING);
  });

  it("finds a free place below what is in the way", () => {
    const box = { x: 0, y: 0, width: 220, height: 56 };
    expect(freePlace(box, [box, { ...box, y: 80 }])).toEqual({ x: 0, y: 160 });
  });
});
