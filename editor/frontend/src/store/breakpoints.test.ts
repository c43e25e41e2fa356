import { expect, it } from "vitest";

import { breakpointsIn, openBreakpoints, toggleBreakpoint, toggled } from "./breakpoints";

it("has a node pause before, after, or both", () => {
  expect(toggled(undefined, "before")).toBe("before");
  expect(toggled("before", "after")).toBe("both");
  expect(toggled("both", "before")).toBe("after");
  expect(toggled("after", "after")).toBeUndefined();
  expect(toggled("edge", "edge")).toBeUndefined();
});

it("sends those that the drawing has a place for", () => {
  openBreakpoints("one");
  toggleBreakpoint("a", "before");
  toggleBreakpoint("a", "after");
  toggleBreakpoint("gone", "before");
  toggleBreakpoint("a.out -> b.in", "edge");
  expect(breakpointsIn(new Set(["a", "b"]), new Set(["a.out -> b.in"]))).toEqual([
    { node: "a", when: "before" },
    { node: "a", when: "after" },
    { edge: "a.out -> b.in" },
  ]);
  expect(breakpointsIn(new Set(["b"]), new Set())).toEqual([]);
});
