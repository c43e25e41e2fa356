import { expect, it } from "vitest";

import { newsOf } from "./news";

const steps = (...all: [string, "failed" | "waiting" | "succeeded"][]) => all.map(([node, status]) => ({ node, status }));
const name = (node: string): string => node.toUpperCase();

it("tells what failed before what waits, and nothing of what goes well", () => {
  expect(newsOf(steps(["a", "succeeded"]), name)).toBe("");
  expect(newsOf(steps(["a", "waiting"], ["b", "failed"]), name)).toBe("B has failed. A waits.");
});

it("names a node once, and counts what are many", () => {
  expect(newsOf(steps(["a", "failed"], ["a", "failed"]), name)).toBe("A has failed.");
  expect(newsOf(steps(["a", "failed"], ["b", "failed"], ["c", "failed"], ["d", "failed"]), name)).toBe("A, B, C and 1 more have failed.");
});
