import { describe, expect, it } from "vitest";

import { align, distribute, straighten } from "./align";
import { reached } from "./walk";

const BOXES = [
  { id: "a", x: 0, y: 0, width: 220, height: 56 },
  { id: "b", x: 300, y: 100, width: 220, height: 120 },
  { id: "c", x: 900, y: 40, width: 220, height: 56 },
];

const xs = (moves: ReturnType<typeof align>) => [...moves.values()].map(({ x }) => x);
const ys = (moves: ReturnType<typeof align>) => [...moves.values()].map(({ y }) => y);

describe("putting in line", () => {
  it("is along a side or in the middle of all", () => {
    expect(xs(align(BOXES, "left"))).toEqual([0, 0, 0]);
    expect(xs(align(BOXES, "right"))).toEqual([900, 900, 900]);
    expect(ys(align(BOXES, "top"))).toEqual([0, 0, 0]);
    expect(ys(align(BOXES, "bottom"))).toEqual([164, 100, 164]);
    expect(ys(align(BOXES, "middle"))).toEqual([82, 50, 82]);
    expect(xs(align(BOXES, "centre"))).toEqual([450, 450, 450]);
    expect(ys(align(BOXES, "left"))).toEqual([0, 100, 40]);
  });

  it("makes the gaps even between the outer two", () => {
    expect(xs(distribute(BOXES, "across"))).toEqual([0, 450, 900]);
    expect(distribute(BOXES.slice(0, 2), "across").size).toBe(0);
  });

  it("makes room where there is too little", () => {
    const moves = distribute(BOXES, "down");
    expect([...moves].map(([id, { y }]) => [id, y])).toEqual([["a", 0], ["c", 76], ["b", 152]]);
  });
});

describe("straight edges", () => {
  it("bring each node level with what leads to it, port to port", () => {
    const edges = [
      { source: "a", target: "b", sourceY: 28, targetY: 76 },
      { source: "b", target: "c", sourceY: 76, targetY: 28 },
    ];
    expect(ys(straighten(BOXES, edges))).toEqual([0, -48, 0]);
  });

  it("put no node onto another", () => {
    const twin = { id: "d", x: 300, y: 300, width: 220, height: 56 };
    const edges = ["b", "d"].map((target) => ({ source: "a", target, sourceY: 28, targetY: 28 }));
    expect(straighten([...BOXES, twin], edges).get("d")).toEqual({ x: 300, y: 300 });
  });
});

describe("what can be reached", () => {
  const edges = [["a", "b"], ["b", "c"], ["d", "c"], ["c", "b"]].map(([source = "", target = ""]) => ({
    source, sourcePort: "out", target, targetPort: "in",
  }));

  it("is what lies that way, also round a circle", () => {
    expect([...reached(edges, ["b"], "down")].sort()).toEqual(["b", "c"]);
    expect([...reached(edges, ["b"], "up")].sort()).toEqual(["a", "b", "c", "d"]);
    expect([...reached(edges, ["a"], "both")].sort()).toEqual(["a", "b", "c", "d"]);
  });
});
