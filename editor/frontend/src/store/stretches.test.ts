import { describe, expect, it } from "vitest";

import type { RunEvent } from "../api/events";
import { RunFold, type StepView } from "./fold";
import { attemptsOf, stretchesAt } from "./stretches";

type Fact = [time: number, type: string, data?: object];

function step(...facts: Fact[]): StepView {
  const fold = new RunFold();
  facts.forEach(([time, type, data = {}], index) => {
    fold.apply({ seq: index + 1, time, type, step: "a", data } as unknown as RunEvent);
  });
  const found = fold.steps.get("a");
  if (!found) throw new Error("no step");
  return found;
}

const told = ({ stretches }: StepView): string[] => stretches.map(({ kind, from, to, attempt }) => `${kind} ${from}-${to} #${attempt}`);
const error = { code: "bad", message: "no" };

describe("the stretches of a step", () => {
  it("are not kept of one that went through", () => {
    expect(step([1, "step.started"], [3, "step.succeeded", { duration: 2 }]).stretches).toEqual([]);
  });

  it("tell attempts from the pauses between them", () => {
    const tried = step(
      [1, "step.started", { attempt: 1 }],
      [2, "step.retrying", { attempt: 1, delay: 3, error }],
      [6, "step.retrying", { attempt: 2, delay: 4, error }],
      [12, "step.succeeded", { duration: 11 }],
    );
    expect(told(tried)).toEqual(["work 1-2 #1", "pause 2-5 #2", "work 5-6 #2", "pause 6-10 #3", "work 10-12 #3"]);
    expect(tried).toMatchObject({ attempt: 3, started: 1 });
    expect(attemptsOf(tried.stretches).map(({ attempt, error: wrong }) => [attempt, wrong?.code])).toEqual([[1, "bad"], [2, "bad"], [3, undefined]]);
  });

  it("know a long pause that is parked, and a wait", () => {
    const parked = step(
      [1, "step.started", { attempt: 1 }],
      [2, "step.retrying", { attempt: 1, delay: 60, error }],
      [2, "step.waiting", { until: 62, for: { kind: "retry", text: "attempt 2" } }],
      [63, "step.resumed"],
      [65, "step.failed", { attempt: 2, error }],
    );
    expect(told(parked)).toEqual(["work 1-2 #1", "pause 2-63 #2", "work 63-65 #2"]);
    const asked = step([1, "step.started"], [2, "step.waiting", { for: { kind: "approval", text: "yes" } }], [9, "step.resumed"], [10, "step.succeeded", {}]);
    expect(told(asked)).toEqual(["work 1-2 #1", "wait 2-9 #1", "work 9-10 #1"]);
  });

  it("end where the step was called off, and go on until now while it moves", () => {
    const waiting: Fact[] = [[1, "step.started"], [2, "step.waiting", {}]];
    expect(told(step(...waiting, [7, "step.cancelled"]))).toEqual(["work 1-2 #1", "wait 2-7 #1"]);
    const { stretches } = step(...waiting);
    expect(stretchesAt(stretches, 5).map(({ to }) => to)).toEqual([2, 5]);
    const again = step([1, "step.started"], [2, "step.retrying", { attempt: 1, delay: 1, error }]).stretches;
    expect(stretchesAt(again, 9).map(({ kind, to }) => `${kind} ${to}`)).toEqual(["work 2", "pause 3", "work 9"]);
  });
});
