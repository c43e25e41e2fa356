import { expect, it } from "vitest";

import { parseEdge } from "./edges";
import { type Direction, neighbour } from "./neighbour";

const at = (id: string, x: number, y: number) => ({ id, x, y, width: 200, height: 60 });
const BOXES = [at("start", 0, 0), at("if", 300, 0), at("yes", 600, -100), at("no", 600, 100), at("other", 640, 400)];
const EDGES = ["start.out -> if.in", "if.true -> yes.in", "if.false -> no.in"].flatMap((text) => parseEdge(text) ?? []);

function found(of: string, way: Direction): string | undefined {
  const box = BOXES.find(({ id }) => id === of);
  return box && neighbour(box, BOXES, EDGES, way);
}

it("goes along the edges to the left and to the right", () => {
  expect([found("if", "left"), found("if", "right"), found("no", "left")]).toEqual(["start", "yes", "if"]);
  expect([found("start", "left"), found("no", "right"), found("other", "left")]).toEqual([undefined, undefined, undefined]);
});

it("goes up and down among what hangs at the same node, and else in its column", () => {
  expect([found("yes", "down"), found("no", "up")]).toEqual(["no", "yes"]);
  expect([found("no", "down"), found("other", "up"), found("yes", "up")]).toEqual(["other", "no", undefined]);
});
