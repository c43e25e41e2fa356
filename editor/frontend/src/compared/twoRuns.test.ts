import { describe, expect, it } from "vitest";

import type { RunEvent } from "../api/events";
import type { Document } from "../model/types";
import { RunFold } from "../store/fold";
import type { Side } from "./state";
import { compareRuns, inOrder, type RunSide, type TwoRuns } from "./twoRuns";
import { namesOf } from "./words";

type Fact = [type: string, step: string | null, data?: object];

function side(facts: Fact[], document: object = {}): RunSide {
  const fold = new RunFold();
  facts.forEach(([type, step, data = {}], index) => fold.apply({ seq: index + 1, time: index + 1, type, step, data } as unknown as RunEvent));
  return { fold, document: document as Document };
}

function compared(earlier: RunSide, later: RunSide): TwoRuns {
  const work = compareRuns(earlier, later);
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}

const gave = (step: string, out: unknown, from?: string, duration = 1): Fact => [
  "step.succeeded",
  step,
  { outputs: { out }, duration, ...(from ? { inputs: { in: [[from, "out"]] } } : {}) },
];

function told({ differences }: TwoRuns): string[] {
  return differences.map((one) =>
    one.kind === "edge"
      ? `${one.sign} ${one.edge} ×${one.count}`
      : `${one.sign} ${one.node} ${[...one.aspects].map(([aspect, times]) => `${aspect} ${times}`).join(", ")} ${one.firings.join("/")}`,
  );
}

describe("two runs", () => {
  it("that did the same have no differences, and say how much is the same", () => {
    const facts = [gave("start", { n: 1 }), gave("a", 2, "start"), gave("b", 3, "a")];
    const found = compared(side(facts), side(facts));
    expect(found).toMatchObject({ differences: [], parting: null, inputsDiffer: false, same: { nodes: 3, edges: 2 } });
  });

  it("part at the first step that got the same and gave something else", () => {
    const found = compared(
      side([gave("start", 1), gave("a", 2, "start"), gave("b", 3, "a")]),
      side([gave("start", 1), gave("a", 9, "start", 4), gave("b", 3, "a")]),
    );
    expect(found.parting).toMatchObject({ path: "a", aspects: ["outputs"] });
    expect(told(found)).toEqual(["~ a outputs 1 1/1", "~ b inputs 1 1/1"]);
    expect(found.durations.get("a")).toEqual([1, 4]);
    expect(found.same).toEqual({ nodes: 1, edges: 2 });
  });

  it("show what ran in one of them alone, with the edges that carried a token there", () => {
    const check = (port: string): Fact => ["step.succeeded", "check", { inputs: { in: [["start", "out"]] }, outputs: { [port]: 1 } }];
    const yes: Fact = ["step.succeeded", "yes", { inputs: { in: [["check", "true"]] }, outputs: {} }];
    const no: Fact = ["step.succeeded", "no", { inputs: { in: [["check", "false"]] }, outputs: {} }];
    const found = compared(
      side([gave("start", 1), check("true"), yes, ["step.skipped", "no"]]),
      side([gave("start", 1), check("false"), no, ["step.skipped", "yes"]]),
    );
    expect(told(found)).toEqual([
      "~ check outputs 1 1/1",
      "- check.true -> yes.in ×1",
      "+ check.false -> no.in ×1",
      "- yes  1/0",
      "+ no  0/1",
    ]);
    expect(found.parting?.path).toBe("check");
  });

  it("differ in status, error and number of firings", () => {
    const failed: Fact = ["step.failed", "a", { inputs: { in: [["start", "out"]] }, error: { code: "bad", message: "no" }, handled: "fail" }];
    const found = compared(side([gave("start", 1), failed]), side([gave("start", 1), gave("a", 2, "start"), gave("a#2", 2, "start")]));
    expect(told(found)).toEqual(["~ a status 1, outputs 1, error 1 1/2"]);
    expect(found.differences[0]).toMatchObject({ steps: [{ path: "a", sign: "~" }, { path: "a#2", sign: "+" }] });
  });

  it("part inside of a frame, not at the frame; where the inputs differ there is no parting before them", () => {
    const run = (result: number): RunSide =>
      side([
        ["step.started", "each", { frame: { mode: "each", items: [1, 2] } }],
        ["step.succeeded", "each[0]/a", { inputs: { in: [["each", "item"]] }, outputs: { out: 5 } }],
        ["step.succeeded", "each[1]/a", { inputs: { in: [["each", "item"]] }, outputs: { out: result } }],
        ["step.succeeded", "each", { outputs: { out: [5, result] } }],
      ]);
    expect(compared(run(6), run(7)).parting?.path).toBe("each[1]/a");
    const begun = (n: number): RunSide => side([["run.queued", null, { inputs: { n } }], gave("start", { n })]);
    expect(compared(begun(1), begun(2))).toMatchObject({ inputsDiffer: true, parting: { path: "start" } });
  });

  it("are put in one order that keeps each run's own", () => {
    expect(inOrder(["a", "b", "d"], ["a", "c", "d", "e"])).toEqual(["a", "c", "b", "d", "e"]);
    expect(inOrder([], ["x", "y"])).toEqual(["x", "y"]);
  });

  it("of thousands of steps each are compared a few steps at a time", () => {
    const facts = (odd: number): Fact[] => {
      const items = Array.from({ length: 4000 }, (_, at) => ({ id: at, text: "x".repeat(20) }));
      const steps = items.map((item, at): Fact => ["step.succeeded", `each[${at}]/a`, { inputs: { in: [["each", "item"]] }, outputs: { out: { ...item, odd: at === 700 ? odd : 0 } } }]);
      return [["step.started", "each", { frame: { mode: "each", items } }], ...steps];
    };
    const work = compareRuns(side(facts(1)), side(facts(2)));
    let turns = 0;
    let result = work.next();
    for (; !result.done; result = work.next()) turns += 1;
    expect(turns).toBeGreaterThanOrEqual(20);
    expect(result.value.parting?.path).toBe("each[700]/a");
  });
});

it("names runs of the same second by the millisecond", () => {
  const at = (id: string, created: string): Side => ({ ...side([]), run: { id, created, version: null } }) as unknown as Side;
  const [first, second] = [at("a", "2020-05-06T07:08:09.123Z"), at("b", "2020-05-06T07:08:09.456Z")];
  const [earlier = "", later = ""] = namesOf([first, second]);
  expect(earlier).not.toBe(later);
  expect(earlier).toMatch(/^draft · .*:08:09\.123$/);
  expect(namesOf([first])[0]).toMatch(/:08:09$/);
});
