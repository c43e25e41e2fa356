import { describe, expect, it } from "vitest";

import { borderReason, drawnEnds, frameBoxes, framesAround, heldBy, holdersOf, type Members, type Placed, standIns, topmost } from "./frames";
import { collapsedShapeOf, FRAME_BOTTOM, FRAME_SIDE, frameShapeOf, INSIDE, shapeOf } from "./geometry";
import { tidyFrames } from "./tidy";

const CARD = shapeOf({ inputs: [], outputs: [] });
const FRAME = frameShapeOf({ inputs: [], outputs: [] });
const TOP = FRAME.frame?.top ?? 0;

/** outer holds inner and c; inner holds a and b; d is outside. */
const PLACED = new Map<string, Placed>([
  ["outer", { holder: "", shape: FRAME }],
  ["inner", { holder: "outer", shape: FRAME }],
  ["a", { holder: "inner", shape: CARD }],
  ["b", { holder: "inner", shape: CARD }],
  ["c", { holder: "outer", shape: CARD }],
  ["d", { holder: "", shape: CARD }],
]);
const MEMBERS: Members = PLACED;

describe("frames", () => {
  it("hold nodes at any depth", () => {
    expect(framesAround(MEMBERS, "a")).toEqual(["inner", "outer"]);
    expect(heldBy(MEMBERS, new Set(["outer"]))).toEqual(new Set(["inner", "a", "b", "c"]));
    expect(topmost(MEMBERS, new Set(["a", "inner", "d"]))).toEqual(["inner", "d"]);
  });

  it("hold nothing where they are none, or where they would be inside themselves", () => {
    const nodes = [
      { id: "one", frame: "two" },
      { id: "two", frame: "one" },
      { id: "three", frame: "gone" },
      { id: "four", frame: "five" },
      { id: "five", frame: "" },
    ];
    const found = holdersOf(nodes, (id) => ["one", "two", "five"].includes(id));
    expect([...found]).toEqual([["one", ""], ["two", ""], ["three", ""], ["four", "five"], ["five", ""]]);
  });

  it("are boxes around what they hold, the inner ones within the outer", () => {
    const places: Record<string, [number, number]> = { a: [0, 0], b: [300, 100], c: [900, 0], inner: [5, 5], outer: [7, 7] };
    const boxes = frameBoxes(PLACED, (id) => places[id] ?? [0, 0]);
    const inner = { x: -FRAME_SIDE, y: -TOP, width: 520 + 2 * FRAME_SIDE, height: 156 + TOP + FRAME_BOTTOM };
    expect(boxes.get("inner")).toEqual(inner);
    expect(boxes.get("outer")).toMatchObject({ x: inner.x - FRAME_SIDE, y: inner.y - TOP });
  });

  it("stand at their own place, at their least size, while they are empty", () => {
    const alone = new Map([["frame", { holder: "", shape: FRAME }]]);
    expect(frameBoxes(alone, () => [40, 60]).get("frame")).toEqual({ x: 40, y: 60, width: FRAME.width, height: FRAME.height });
  });
});

describe("the border of a frame", () => {
  const end = (node: string, inner = false) => ({ node, inner, title: "port" });

  it("is passed inwards, and through the inner ports", () => {
    expect(borderReason(MEMBERS, end("d"), end("a"))).toBeNull();
    expect(borderReason(MEMBERS, end("c"), end("a"))).toBeNull();
    expect(borderReason(MEMBERS, end("inner", true), end("a"))).toBeNull();
    expect(borderReason(MEMBERS, end("b"), end("inner", true))).toBeNull();
    expect(borderReason(MEMBERS, end("inner"), end("c"))).toBeNull();
    expect(borderReason(MEMBERS, end("inner", true), end("inner", true))).toBeNull();
  });

  it("is not passed outwards, nor by what belongs to another frame", () => {
    expect(borderReason(MEMBERS, end("a"), end("c"))).toContain("leave a frame only");
    expect(borderReason(MEMBERS, end("a"), end("inner"))).toContain("leave a frame only");
    expect(borderReason(MEMBERS, end("inner", true), end("c"))).toContain("nodes in the frame");
    expect(borderReason(MEMBERS, end("d"), end("inner", true))).toContain("Only nodes in the frame");
    expect(borderReason(MEMBERS, end("inner"), end("a"))).toContain("when everything inside has ended");
  });
});

it("tidying up lays out the inside of each frame and keeps frames apart from their neighbours", () => {
  const ends = (source: string, target: string) => ({ source, sourcePort: "out", target, targetPort: "in" });
  const edges = [ends("a", "b"), ends("inner", "c"), ends("d", "outer")];
  const found = tidyFrames(PLACED, () => [0, 0], edges, new Set(PLACED.keys()));
  const boxes = frameBoxes(PLACED, (id) => found.get(id) ?? [0, 0]);
  const [inner, outer] = [boxes.get("inner"), boxes.get("outer")];
  const place = (id: string): [number, number] => found.get(id) ?? [NaN, NaN];
  expect(place("b")[0]).toBeGreaterThan(place("a")[0] + CARD.width);
  expect(place("c")[0]).toBeGreaterThan((inner?.x ?? 0) + (inner?.width ?? 0));
  expect(outer?.x).toBeGreaterThan(place("d")[0] + CARD.width);
});

describe("collapsed frames", () => {
  const port = (name: string, inner = false) =>
    ({ name, type: "any", required: false, multiple: false, title: name, description: "", inner }) as const;
  const ports = { inputs: [port("in"), port("result", true)], outputs: [port("out"), port("item", true)] };

  it("stand for all that they hold, the outermost of them", () => {
    expect(standIns(MEMBERS, new Set())).toEqual(new Map());
    expect(standIns(MEMBERS, new Set(["inner"]))).toEqual(new Map([["a", "inner"], ["b", "inner"]]));
    expect([...standIns(MEMBERS, new Set(["inner", "outer"])).values()]).toEqual(["outer", "outer", "outer", "outer"]);
  });

  it("are cards with their outer ports", () => {
    const shape = collapsedShapeOf(ports);
    expect(shape.frame).toBeUndefined();
    expect(shape.compact).toBe(true);
    expect(shape.inputs.map(({ port: { name } }) => name)).toEqual(["in", INSIDE]);
    expect(shape.outputs.map(({ port: { name } }) => name)).toEqual(["out", INSIDE]);
  });

  it("take the ends of edges that lead into them, and hide those within", () => {
    const card = { standIn: "", shape: shapeOf({ inputs: [port("in")], outputs: [port("out")] }) };
    const standing = (id: string) =>
      id === "frame" ? { standIn: "", shape: collapsedShapeOf(ports) } : id === "held" || id === "other" ? { ...card, standIn: "frame" } : card;
    const edge = (source: string, sourcePort: string, target: string, targetPort: string) => ({ source, sourcePort, target, targetPort });
    const outside = edge("before", "out", "frame", "in");
    expect(drawnEnds(outside, standing)).toBe(outside);
    expect(drawnEnds(edge("before", "out", "held", "in"), standing)).toEqual(edge("before", "out", "frame", INSIDE));
    expect(drawnEnds(edge("held", "out", "other", "in"), standing)).toBeUndefined();
    expect(drawnEnds(edge("frame", "item", "held", "in"), standing)).toBeUndefined();
    expect(drawnEnds(edge("held", "out", "frame", "result"), standing)).toBeUndefined();
    expect(drawnEnds(edge("before", "out", "frame", "result"), standing)).toEqual(edge("before", "out", "frame", INSIDE));
    const loop = edge("before", "out", "before", "in");
    expect(drawnEnds(loop, standing)).toBe(loop);
  });

  it("move as one when the drawing is tidied", () => {
    const members = new Map<string, Placed>([
      ["first", { holder: "", shape: CARD }],
      ["frame", { holder: "", shape: collapsedShapeOf(ports) }],
      ["held", { holder: "frame", shape: CARD }],
    ]);
    const places: Record<string, [number, number]> = { first: [0, 0], frame: [10, 10], held: [130, 90] };
    const found = tidyFrames(members, (id) => places[id] ?? [0, 0], [edgeOf("first", "frame")], new Set(["first", "frame"]));
    const [x = 0, y = 0] = found.get("frame") ?? [];
    expect(x).toBeGreaterThan(CARD.width);
    expect(found.get("held")).toEqual([x + 120, y + 80]);
  });
});

function edgeOf(source: string, target: string) {
  return { source, sourcePort: "out", target, targetPort: "in" };
}
