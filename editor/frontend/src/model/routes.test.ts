import { expect, it } from "vitest";

import { linkTag, placeFor, pointsOnTheWay } from "./routes";

it("a new point comes between those that it is drawn between", () => {
  const [from, to] = [{ x: 0, y: 0 }, { x: 400, y: 0 }];
  const points = [{ x: 100, y: 0 }, { x: 300, y: 0 }];
  expect(placeFor({ x: 50, y: 5 }, from, points, to)).toBe(0);
  expect(placeFor({ x: 200, y: -5 }, from, points, to)).toBe(1);
  expect(placeFor({ x: 350, y: 0 }, from, points, to)).toBe(2);
  expect(placeFor({ x: 9, y: 9 }, from, [], to)).toBe(0);
});

it("a long name is cut where it is drawn", () => {
  expect(linkTag("orders").text).toBe("orders");
  const { text, width } = linkTag("a name that is far longer than a card is wide");
  expect(text).toMatch(/…$/);
  expect(text.length).toBeLessThanOrEqual(22);
  expect(width).toBeLessThan(180);
});

it("points that would lead an edge back from a new frame are none any more", () => {
  const frame = { x: 200, y: 0, width: 400, height: 200 };
  const points = [{ x: 100, y: 90 }, { x: 300, y: 90 }, { x: 700, y: 90 }];
  expect(pointsOnTheWay(points, { x: 0, y: 20 }, { x: 200, y: 20 }, frame)).toEqual([points[0]]);
  expect(pointsOnTheWay(points, { x: 600, y: 20 }, { x: 900, y: 20 }, frame)).toEqual([points[2]]);
  // An edge that leads back goes around.
  expect(pointsOnTheWay(points, { x: 900, y: 20 }, { x: 200, y: 20 }, frame)).toEqual([points[0], points[2]]);
});
