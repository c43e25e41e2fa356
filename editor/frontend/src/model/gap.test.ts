import { expect, it } from "vitest";

import { type EdgeEnds, parseEdge } from "./edges";
import { overlaps } from "./geometry";
import { type Placed, pushed, roomFor } from "./gap";

const card = (id: string, x: number, y = 0): Placed => ({ id, x, y, width: 220, height: 56 });
const edges = (...texts: string[]): EdgeEnds[] =>
  texts.flatMap((text) => parseEdge(text.replace(">", ".out -> ").concat(".in")) ?? []);
const dropped = card("new", 200, 10);

it("moves what follows aside where the gap is too narrow, and keeps the distance that was usual there", () => {
  const room = roomFor(dropped, ["a", "b"], [card("a", 0), card("b", 300), card("c", 600), card("far", 0, 400)], edges("a>b", "b>c"));
  expect(room).toEqual({ at: { x: 300, y: 10 }, moved: new Set(["b", "c"]), by: 300 });
});

it("moves nothing where there is room, and leaves the node where it was dropped", () => {
  const wide = [card("a", 0), card("b", 700)];
  expect(roomFor(card("new", 330), ["a", "b"], wide, edges("a>b"))).toEqual({ at: { x: 330, y: 0 }, moved: new Set(), by: 0 });
  expect(roomFor(dropped, ["a", "b"], wide, edges("a>b")).at.x).toBe(260);
});

it("pushes also what the moved would come to lie on, and what follows that", () => {
  const boxes = [card("b", 300), card("lone", 560), card("after", 900), card("beside", 560, 200)];
  expect(pushed(boxes, edges("lone>after"), ["b"], 300)).toEqual(new Set(["b", "lone", "after"]));
});

it("leaves alone what an edge leads back to", () => {
  const boxes = [card("a", 0), card("b", 300), card("c", 600)];
  expect(roomFor(dropped, ["a", "b"], boxes, edges("a>b", "b>c", "c>a")).moved).toEqual(new Set(["b", "c"]));
});

it("finds a free place where an edge leads back, or down", () => {
  const boxes = [card("a", 0), card("b", 0, 120)];
  const { at, moved } = roomFor(card("new", 0, 60), ["a", "b"], boxes, edges("a>b"));
  expect(moved.size).toBe(0);
  expect(boxes.some((box) => overlaps(box, card("new", at.x, at.y)))).toBe(false);
});

it("makes room in a frame before its first node and behind its last", () => {
  const boxes = [card("a", 0), card("b", 300)];
  expect(roomFor(dropped, ["frame", "a"], boxes, edges("a>b"))).toEqual({ at: { x: 0, y: 10 }, moved: new Set(["a", "b"]), by: 300 });
  expect(roomFor(dropped, ["b", "frame"], boxes, edges("a>b"))).toEqual({ at: { x: 560, y: 10 }, moved: new Set(), by: 0 });
});
