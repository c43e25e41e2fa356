import { expect, it } from "vitest";

import { fitting, floorAt, hasMap } from "./room";

const SIZE = { width: 735, height: 543 };

function chain(nodes: number): { x: number; y: number; width: number; height: number }[] {
  return Array.from({ length: nodes }, (_, index) => ({ x: index * 300, y: 0, width: 220, height: 58 }));
}

it("shows a row of nodes as large as the width allows, in the middle", () => {
  const view = fitting(chain(3), SIZE, 1.2);
  expect(view?.zoom).toBeCloseTo((735 - 56) / 820);
  expect((view?.y ?? 0) + 29 * (view?.zoom ?? 0)).toBeCloseTo(543 / 2);
  expect(fitting(chain(1), SIZE, 1.2)?.zoom).toBe(1.2);
  expect(fitting([], SIZE, 1.2)).toBeUndefined();
});

it("puts no node under the map or the bar of zooms", () => {
  const grid = [0, 200, 400, 600].flatMap((y) => chain(4).map((box) => ({ ...box, y })));
  for (const size of [SIZE, { width: 735, height: 300 }, { width: 500, height: 900 }]) {
    const view = fitting(grid, size, 1.2);
    if (!view) throw new Error("none");
    for (const box of grid) {
      const left = box.x * view.zoom + view.x;
      const bottom = (box.y + box.height) * view.zoom + view.y;
      expect(bottom).toBeLessThanOrEqual(floorAt(left, left + box.width * view.zoom, size, 0) + 0.01);
    }
  }
});

it("leaves out the map on a canvas that is too low for it", () => {
  expect([hasMap({ width: 900, height: 339 }), hasMap({ width: 900, height: 340 })]).toEqual([false, true]);
  expect(floorAt(700, 730, { width: 735, height: 300 })).toBe(300 - 28);
  expect(floorAt(700, 730, SIZE)).toBe(543 - 124);
  expect(floorAt(0, 100, SIZE)).toBe(543 - 60);
});
