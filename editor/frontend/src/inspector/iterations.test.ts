import { expect, it } from "vitest";

import type { StepView } from "../store/fold";
import { iterationFor, iterationsIn, iterationsOf, labelOf } from "./iterations";

function step(path: string, status: StepView["status"] = "succeeded"): StepView {
  return { path, status } as StepView;
}

const STEPS = [step("f"), step("f[0]/a"), step("f[1]/a", "failed"), step("f[1]/a#2"), step("f[2]/g[0]/b")];

it("lists the iterations that failed first", () => {
  expect(iterationsOf(STEPS).map(({ path, failed }) => [path, failed])).toEqual([
    ["f[1]", true],
    ["f[0]", false],
    ["f[2]/g[0]", false],
  ]);
  expect(iterationsIn(STEPS, (firing) => firing === "f").map(({ path }) => path)).toEqual(["f[1]", "f[0]"]);
});

it("names an iteration by its items, counted from one", () => {
  expect(labelOf("f[0]")).toBe("item 1");
  expect(labelOf("f#2[3]/g[0]")).toBe("item 4 (#2) › item 1");
  expect(labelOf("try")).toBe("try");
});

it("keeps the choice when going to a node further in or out", () => {
  const choices = iterationsOf(STEPS);
  expect(iterationFor(choices, null, "f[2]/g[0]")).toBe("f[2]/g[0]");
  expect(iterationFor(choices, "f[0]", "f[1]")).toBe("f[0]");
  expect(iterationFor(choices, "f[2]", "f[1]")).toBe("f[2]/g[0]");
  expect(iterationFor(choices, "f[1]/g[5]", "f[0]")).toBe("f[1]");
  expect(iterationFor(choices, "gone[1]", "f[0]")).toBe("f[0]");
});
