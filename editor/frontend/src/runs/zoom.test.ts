import { expect, it } from "vitest";

import { between, sinceBegin, moved, zoomed } from "./zoom";

const whole = { from: 100, to: 200 };

it("zooms about a moment, which stays where it is", () => {
  expect(zoomed(whole, whole, 2, 150)).toEqual({ from: 125, to: 175 });
  expect(zoomed(whole, whole, 4, 100)).toEqual({ from: 100, to: 125 });
  expect(zoomed({ from: 125, to: 175 }, whole, 2, 135)).toEqual({ from: 130, to: 155 });
  // A moment that is not shown comes to the edge that is nearer.
  expect(zoomed({ from: 150, to: 200 }, whole, 2, 110)).toEqual({ from: 110, to: 135 });
});

it("zooms out to the whole and no further, and in to what can be told apart", () => {
  expect(zoomed({ from: 125, to: 175 }, whole, 0.25, 150)).toBeNull();
  expect(zoomed({ from: 190, to: 200 }, whole, 0.5, 190)).toEqual({ from: 180, to: 200 });
  const close = zoomed(whole, whole, 1e12, 150);
  expect((close?.to ?? 0) - (close?.from ?? 0)).toBeCloseTo(2e-5, 6);
});

it("moves within the run", () => {
  expect(moved({ from: 120, to: 140 }, whole, 0.5)).toEqual({ from: 130, to: 150 });
  expect(moved({ from: 120, to: 140 }, whole, 9)).toEqual({ from: 180, to: 200 });
  expect(moved({ from: 120, to: 140 }, whole, -9)).toEqual({ from: 100, to: 120 });
});

it("shows what lies between two moments", () => {
  expect(between(140, 120, whole)).toEqual({ from: 120, to: 140 });
  expect(between(100, 200, whole)).toBeNull();
});

it("says moments as precisely as is needed", () => {
  expect([sinceBegin(0, 1), sinceBegin(0.25, 0.5), sinceBegin(0.25031, 0.001)]).toEqual(["0", "250 ms", "250.31 ms"]);
  expect([sinceBegin(12, 60), sinceBegin(12.5, 20), sinceBegin(75.2, 100), sinceBegin(7260, 9000)]).toEqual(["12 s", "12.5 s", "1:15", "2 h 1 min"]);
});
