import { expect, it } from "vitest";

import { linkTag, placeFor } from "./routes";

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
