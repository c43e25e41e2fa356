import { describe, expect, it } from "vitest";

import { nodeOfStep, type RunEvent } from "../../api/events";
import type { Run } from "../../model/types";
import { RunFold } from ".";

function folded(...facts: [type: string, step: string | null, data?: object, time?: number][]): RunFold {
  const fold = new RunFold();
  facts.forEach(([type, step, data = {}, time], index) => {
    fold.apply({ seq: index + 1, time: time ?? index + 1, type, step, data } as unknown as RunEvent);
  });
  return fold;
}

describe("the fold of a run", () => {
  it("accepts a step whose first event is its end", () => {
    const fold = folded(["step.succeeded", "a", { outputs: { out: 1 }, duration: 0.5 }, 10]);
    expect(fold.steps.get("a")).toMatchObject({ status: "succeeded", started: 9.5, duration: 0.5 });
    expect(fold.nodes.get("a")).toMatchObject({ status: "succeeded", count: 1, duration: 0.5 });
  });

  it("counts an edge once though start and end both name it", () => {
    const inputs = { in: [["a", "out"]] };
    const fold = folded(["step.started", "b", { inputs }], ["step.succeeded", "b", { inputs, outputs: {} }]);
    expect(fold.edges.get("a.out -> b.in")).toBe(1);
  });

  it("tells of a node that runs for each how many items there are, how far it has come, and how many failed", () => {
    const listed = ["step.listed", "a", { items: [1, 2, 3, 4] }] as [string, string, object];
    const error = { message: "no" };
    const failed = ["step.failed", "a[1]", { error, handled: "continue" }] as [string, string, object];
    const running = folded(["step.started", "a"], listed, failed, ["step.progressed", "a", { done: 3, total: 4 }]);
    expect(running.nodes.get("a")?.items).toEqual({ done: 3, total: 4, failed: 1 });
    // Of a list that came in without an expression, and of items that another run had: they come before the step.
    const over = folded(failed, ["step.started", "a"], ["step.succeeded", "a", { outputs: { out: [1, 2], errors: [{ index: 1 }] } }]);
    expect(over.nodes.get("a")?.items).toEqual({ done: 3, total: 3, failed: 1 });
    expect(over.copy().nodes.get("a")?.items).toEqual({ done: 3, total: 3, failed: 1 });
    // An item that is tried again and succeeds has not failed.
    expect(folded(["step.started", "a"], listed, failed, ["step.started", "a[1]"], ["step.succeeded", "a[1]"]).nodes.get("a")?.items?.failed).toBe(0);
    expect(folded(["step.started", "b"]).nodes.get("b")?.items).toBeUndefined();
  });

  it("says what a parked step waits for, and that it runs when it goes on", () => {
    const parked = folded(
      ["step.started", "ask"],
      ["step.waiting", "ask", { until: 900, for: { kind: "approval", text: "an approval by anna" } }],
      ["run.waiting", null, { until: 900 }],
    );
    expect(parked.nodes.get("ask")).toMatchObject({ status: "waiting", until: 900, waitsFor: { kind: "approval", text: "an approval by anna" } });
    expect(parked.summary).toMatchObject({ status: "waiting", until: 900 });
    const held = folded(["run.started", null], ["run.paused", null, { reason: "asked" }], ["run.waiting", null], ["run.resumed", null]);
    expect(held.summary).toMatchObject({ status: "paused", paused: true });
    expect(folded(["run.started", null], ["run.paused", null], ["run.continued", null]).summary.status).toBe("running");
    const gone = folded(["step.started", "ask"], ["step.waiting", "ask", { until: null }], ["step.resumed", "ask"]);
    expect(gone.nodes.get("ask")).toMatchObject({ status: "running", until: null, waitsFor: null });
  });

  it("counts firings and adds up their durations", () => {
    const fold = folded(
      ["step.succeeded", "a", { duration: 1 }],
      ["step.succeeded", "a#2", { duration: 2 }],
      ["step.succeeded", "a#3", { duration: 3 }],
    );
    expect(fold.nodes.get("a")).toMatchObject({ count: 3, duration: 3, totalDuration: 6, lastStep: "a#3" });
  });

  it("shows a node as running while any of its firings is", () => {
    const fold = folded(["step.started", "a"], ["step.started", "a#2"], ["step.succeeded", "a", { duration: 1 }]);
    expect(fold.nodes.get("a")).toMatchObject({ status: "running", active: 1, count: 2 });
  });

  it("counts the iterations of a frame, those of them that failed, and what went to its end", () => {
    const inputs = { in: [["f", "item"]] };
    const facts: Parameters<typeof folded> = [
      ["step.started", "f", { frame: { items: [1, 2, 3] } }],
      ["step.started", "f[0]/a", { inputs }],
      ["step.started", "f[1]/a", { inputs }],
      ["step.succeeded", "f[0]/a", { inputs, outputs: { out: 1 } }],
    ];
    expect(folded(...facts).nodes.get("f")?.iterations).toEqual({ begun: 2, done: 1, failed: 0, total: 3 });
    const fold = folded(...facts, ["step.failed", "f[1]/a", { handled: "fail" }], ["step.succeeded", "f[2]/a", { outputs: { out: 3 } }]);
    expect(fold.nodes.get("f")?.iterations).toEqual({ begun: 3, done: 3, failed: 1, total: 3 });
    expect(fold.nodes.get("a")).toMatchObject({ status: "failed", count: 3, failures: 1 });
    expect(fold.edges.get("a.out -> f.")).toBe(2);
    expect(fold.copy().nodes.get("f")?.iterations).toEqual(fold.nodes.get("f")?.iterations);
  });

  it("counts the iterations of a frame in a frame for each of its own firings", () => {
    const fold = folded(
      ["step.started", "f", { frame: { items: [1, 2] } }],
      ["step.started", "f[0]/g", { frame: { items: [1] } }],
      ["step.succeeded", "f[0]/g[0]/a"],
      ["step.succeeded", "f[0]/g"],
      ["step.started", "f[1]/g", { frame: { items: [1, 2, 3, 4] } }],
      ["step.succeeded", "f[1]/g[0]/a"],
    );
    expect(fold.nodes.get("g")?.iterations).toEqual({ begun: 1, done: 1, failed: 0, total: 4 });
    expect(fold.nodes.get("f")?.iterations).toEqual({ begun: 2, done: 1, failed: 0, total: 2 });
  });

  it("does not count a skip as a firing", () => {
    expect(folded(["step.skipped", "a"]).nodes.get("a")).toMatchObject({ status: "skipped", count: 0 });
  });

  it("takes values that somebody gave a step for values, and events that it does not know for none", () => {
    const inputs = { in: [["a", "out"]] };
    const fold = folded(
      ["step.edited", "b", { inputs: { in: { n: 7 } } }],
      ["step.unheard_of", "b"],
      ["step.succeeded", "b", { inputs, outputs: {} }],
    );
    expect(fold.steps.get("b")).toMatchObject({ status: "succeeded", inputs, edited: { in: { n: 7 } } });
    expect(fold.edges.get("a.out -> b.in")).toBe(1);
  });

  it("leaves nothing running when the run is over", () => {
    const fold = folded(["run.started", null], ["step.started", "a"], ["run.cancelled", null, { reason: "asked" }]);
    expect(fold.summary).toMatchObject({ status: "cancelled", reason: "asked" });
    expect(fold.nodes.get("a")).toMatchObject({ status: "cancelled", active: 0 });
  });

  it("ends as the run's row says where no event tells of the end", () => {
    const fold = folded(["run.started", null], ["step.started", "a"]);
    const row = { status: "failed", started: "2026-11-29T12:00:00Z", finished: "2026-11-29T12:00:02Z", last_seq: 9 };
    fold.endAs({ ...row, status: "running", finished: null } as Run);
    expect(fold.summary.status).toBe("running");
    fold.endAs({ ...row, outputs: null, error: { code: "journal_damaged", message: "chunk 2" } } as Run);
    expect(fold.summary).toMatchObject({ status: "failed", error: { message: "chunk 2" } });
    expect((fold.summary.ended ?? 0) - (fold.summary.started ?? 0)).toBe(2);
    expect(fold.nodes.get("a")).toMatchObject({ status: "cancelled", active: 0 });
  });

  it("tells what stood in for a node that was not run", () => {
    const fold = folded(
      ["step.succeeded", "a", { outputs: {}, reused: { run: "r", step: "a" } }],
      ["step.succeeded", "b", { outputs: {}, pinned: true }],
      ["step.succeeded", "c", { outputs: {} }],
      ["step.succeeded", "b#2", { outputs: {} }],
    );
    expect([...fold.steps.values()].map((step) => step.stoodIn)).toEqual(["taken over", "pinned", null, null]);
    expect(fold.nodes.get("a")?.stoodIn).toBe("taken over");
    expect(fold.nodes.get("b")?.stoodIn).toBeNull();
  });

  it("drops an event that it has had", () => {
    const fold = folded(["step.succeeded", "a", { duration: 1 }]);
    fold.apply({ seq: 1, time: 1, type: "step.succeeded", step: "b", data: {} });
    expect(fold.steps.has("b")).toBe(false);
  });

  it("hands over each change once", () => {
    const fold = folded(["step.started", "a"]);
    expect([...fold.takeChanges().nodes]).toEqual(["a"]);
    expect(fold.takeChanges().nodes.size).toBe(0);
  });
});

describe("a step's path", () => {
  it("names its node inside frames, items and repeats", () => {
    expect(["a", "a#2", "orders[3]/charge#2", "charge[17]"].map(nodeOfStep)).toEqual(["a", "a", "charge", "charge"]);
  });
});
