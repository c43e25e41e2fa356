import { expect, it } from "vitest";

import { around, type Box, overlaps, wayFree } from "./geometry";

const card = (x: number, y: number): Box => ({ x, y, width: 220, height: 56 });
const moved = (boxes: readonly Box[], [dx, dy]: readonly [number, number]): Box[] =>
  boxes.map((box) => ({ ...box, x: box.x + dx, y: box.y + dy }));

it("moves boxes together the shortest way until none covers another", () => {
  expect(wayFree([card(0, 0)], [card(300, 0)])).toEqual([0, 0]);
  expect(wayFree([card(0, 20)], [card(0, 0)])).toEqual([0, 60]);
  expect(wayFree([card(0, 0)], [card(0, 20)])).toEqual([0, -60]);
  // Straight down there is another one, to the left there is none.
  const taken = [card(120, -100), card(120, 0), card(120, 100), card(120, 200)];
  expect(wayFree([card(0, 20)], taken)).toEqual([-120, 0]);
});

it("finds a way also among many, for many", () => {
  const grid = Array.from({ length: 1000 }, (_, at) => card(300 * (at % 50), 140 * Math.floor(at / 50)));
  for (const boxes of [[card(610, 290), card(910, 290)], moved(grid, [20, 20])]) {
    const free = moved(boxes, wayFree(boxes, grid));
    expect(free.some((box) => grid.some((hit) => overlaps(box, hit)))).toBe(false);
    expect(around(free)?.width).toBe(around(boxes)?.width);
  }
});
