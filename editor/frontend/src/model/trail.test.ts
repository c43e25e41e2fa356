import { expect, it } from "vitest";

import { EMPTY, go, leave, type View } from "./trail";

const at = (x: number): View => ({ x, y: 0, zoom: 1 });

it("goes back to where one leapt from, and on again", () => {
  const trail = leave(leave(EMPTY, at(0)), at(100));
  const back = go(trail, "back", at(200));
  expect(back?.view).toEqual(at(100));
  const further = back && go(back.trail, "back", back.view);
  expect(further?.view).toEqual(at(0));
  const on = further && go(further.trail, "on", further.view);
  expect(on?.view).toEqual(at(100));
  expect(on && go(on.trail, "on", on.view)?.view).toEqual(at(200));
});

it("has nowhere to go at its ends", () => {
  expect(go(EMPTY, "back", at(0))).toBeNull();
  expect(go(leave(EMPTY, at(0)), "on", at(9))).toBeNull();
});

it("forgets what was ahead after another leap, and keeps no place twice in a row", () => {
  const back = go(leave(EMPTY, at(0)), "back", at(100));
  const trail = leave(leave(back?.trail ?? EMPTY, at(0)), at(1));
  expect(trail).toEqual({ before: [at(0)], after: [] });
});

it("passes over a place that is the one shown", () => {
  expect(go(leave(leave(EMPTY, at(0)), at(100)), "back", at(101))?.view).toEqual(at(0));
});
