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

it("names an iteration by its items, counted from one, and the part of a frame by its name", () => {
  const totalOf = (frame: string): number | undefined => ({ f: 4, "f#2": 9, "f#2[3]/g": 2 })[frame];
  expect(labelOf("f[0]")).toBe("item 1");
  expect(labelOf("f[2]/safe[try]", totalOf)).toBe("item 3 of 4 › safe, try");
  expect(labelOf("f#2[3]/g[0]", totalOf)).toBe("item 4 of 9 (#2) › item 1 of 2");
  expect(labelOf("f~2[1]", totalOf)).toBe("item 2 of 4");
  expect(labelOf("pay#2[compensate]")).toBe("pay (#2), compensate");
  expect(labelOf("try")).toBe("try");
});

it("counts at least as many items as have begun", () => {
  const label = (total?: number): string[] => iterationsOf([step("f[0]/a"), step("f[4]/a")], () => total).map((one) => one.label);
  expect(label()).toEqual(["item 1 of 5", "item 5 of 5"]);
  expect(label(3)).toEqual(["item 1 of 5", "item 5 of 5"]);
  expect(label(8)).toEqual(["item 1 of 8", "item 5 of 8"]);
});

it("keeps the choice when going to a node further in or out", () => {
  const choices = iterationsOf(STEPS);
  expect(iterationFor(choices, "f[0]")).toBe("f[0]");
  expect(iterationFor(choices, "f[2]")).toBe("f[2]/g[0]");
  expect(iterationFor(choices, "f[1]/g[5]")).toBe("f[1]");
});

it("shows the first that failed where none was chosen, else the last", () => {
  const choices = iterationsOf([...STEPS, step("f[3]/a", "failed")]);
  expect(iterationFor(choices, null)).toBe("f[1]");
  expect(iterationFor(choices, "gone[1]")).toBe("f[1]");
  expect(iterationFor(iterationsOf([step("f[0]/a"), step("f[1]/a")]), null)).toBe("f[1]");
  expect(iterationFor([], null)).toBe("");
});
