import { expect, it } from "vitest";

import type { StepView } from "../store/fold";
import { heldIn, iterationFor, iterationsAround, iterationsIn, iterationsOf, labelOf, missedIn } from "./iterations";

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

it("lists also the iterations that a node did not run in, and shows one of them only where it is chosen", () => {
  const named = (path: string, status?: StepView["status"]): StepView => ({ ...step(path, status), node: path.split("/").at(-1) }) as StepView;
  const steps = ["f", "f[0]/a", "f[0]/b", "f[1]/a", "f[2]/a", "f[2]/b", "f[3]/a", "g[0]/b"].map((path) => named(path, path === "f[2]/b" ? "failed" : undefined));
  const choices = iterationsAround("b", steps, (firing) => firing === "f");
  expect(choices.map(({ path, failed, absent }) => [path, failed, absent])).toEqual([
    ["f[2]", true, false],
    ["f[0]", false, false],
    ["f[1]", false, true],
    ["f[3]", false, true],
    ["g[0]", false, false],
  ]);
  expect(choices[3]?.label).toBe("item 4 of 4");
  expect(iterationFor(choices, "f[3]")).toBe("f[3]");
  expect(iterationFor(choices.slice(1, 4), null)).toBe("f[0]");
  expect(iterationFor(choices.slice(2, 4), null)).toBe("f[3]");
  const parts = ["safe", "safe[try]/a", "safe[catch]/b", "h[0]/safe[try]/a"].map((path) => named(path));
  const around = (node: string): string[] => iterationsAround(node, parts, (firing) => firing.endsWith("safe")).map(({ path }) => path);
  expect(around("b")).toEqual(["safe[catch]", "h[0]/safe[try]"]);
});

it("finds the firing that the debugger holds in the iteration that is shown", () => {
  const held = ["f[1]/a", "f[0]/b#2", "f[0]/a#3"];
  expect(heldIn(held, "a", "f[0]")).toBe("f[0]/a#3");
  expect(heldIn(held, "b", "f[1]")).toBeUndefined();
});

it("keeps an outer iteration in which the node's own frame never ran, rather than show another", () => {
  const steps = [step("f"), step("f[0]/g"), step("f[0]/g[0]/b"), step("f[1]/a")];
  const choices = iterationsAround("b", steps.map((one) => ({ ...one, node: one.path.slice(-1) })), (firing) => firing.endsWith("g"));
  expect(choices.map(({ path }) => path)).toEqual(["f[0]/g[0]"]);
  const missed = (chosen: string | null): string | undefined => missedIn(choices, chosen, ["f", "g"], steps)?.path;
  expect(missed("f[1]")).toBe("f[1]");
  expect(["f[0]", "f[0]/g[0]", "f[7]", "h[0]", null].map(missed)).toEqual([undefined, undefined, undefined, undefined, undefined]);
});
