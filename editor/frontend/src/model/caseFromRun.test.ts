import { expect, it } from "vitest";

import { type RunFacts, type RunStep, testFromRun } from "./caseFromRun";
import type { DraftNode } from "./draft";
import type { NodeSpec } from "./types";

function node(id: string, kind: string): DraftNode {
  return { id, kind, title: "", parameters: {}, promoted: [], settings: {}, frame: "", pin: null };
}

const spec = (part: Partial<NodeSpec>): NodeSpec => ({ effect: "pure", trigger: false, begins: [], ...part }) as NodeSpec;
const TYPES = new Map([
  ["http.request", spec({ effect: "external" })],
  ["flow.wait", spec({})],
  ["frame.each", spec({ begins: ["item"] })],
  ["data.set", spec({})],
]);

function step(path: string, part: Partial<RunStep> = {}): RunStep {
  const name = path.slice(path.lastIndexOf("/") + 1).replace(/[#[].*$/, "");
  return { path, node: name, status: "succeeded", outputs: {}, error: null, duration: 0.01, ...part };
}

function facts(part: Partial<RunFacts>): RunFacts {
  return {
    name: "as it was",
    inputs: { total: 5 },
    trigger: null,
    status: "succeeded",
    outputs: { answer: 1 },
    error: null,
    steps: [],
    nodes: [node("ask", "http.request"), node("set", "data.set")],
    pinned: () => false,
    types: TYPES,
    ...part,
  };
}

it("a node that works outside is mocked with what it gave, and must run again", () => {
  const steps = [step("ask", { outputs: { out: { status: 200 } } }), step("set", { outputs: { out: 1 } })];
  expect(testFromRun(facts({ steps }))).toEqual({
    test: {
      name: "as it was",
      inputs: { total: 5 },
      mocks: { ask: { outputs: { out: { status: 200 } } } },
      expect: { outputs: { answer: 1 }, ran: ["ask"] },
    },
    several: [],
  });
});

it("one that was not reached gives nothing, and must not run", () => {
  const { test } = testFromRun(facts({ steps: [step("ask", { status: "skipped" })] }));
  expect(test.mocks).toEqual({ ask: { outputs: {} } });
  expect(test.expect?.not_ran).toEqual(["ask"]);
});

it("one that failed fails again, and the run with it", () => {
  const error = { code: "http_failed", message: "no route", kind: "connection", node: "ask", step: "ask", data: { a: 1 } };
  const { test } = testFromRun(facts({ status: "failed", outputs: null, error, steps: [step("ask", { status: "failed", error })] }));
  expect(test.mocks).toEqual({ ask: { error: { message: "no route", code: "http_failed", kind: "connection", data: { a: 1 } } } });
  expect(test.expect).toEqual({
    status: "failed",
    error: { code: "http_failed", step: "ask", message: "no route" },
    ran: ["ask"],
  });
});

it("a node that gave several things is named, and gives the last", () => {
  const steps = [step("ask", { outputs: { out: 1 } }), step("ask#2", { outputs: { out: 2 } })];
  const made = testFromRun(facts({ steps }));
  expect(made.several).toEqual(["ask"]);
  expect(made.test.mocks).toEqual({ ask: { outputs: { out: 2 } } });
});

it("the items of a mapped node are within its step", () => {
  const steps = [step("ask[0]", { outputs: { out: 1 } }), step("ask", { outputs: { out: [1, 2] } }), step("ask[1]", { outputs: { out: 2 } })];
  expect(testFromRun(facts({ steps }))).toMatchObject({ test: { mocks: { ask: { outputs: { out: [1, 2] } } } }, several: [] });
});

it("pinned nodes and those that take long are mocked, too; frames are not, nor what did not run", () => {
  const nodes = [node("set", "data.set"), node("rest", "flow.wait"), node("all", "frame.each"), node("idle", "data.set")];
  const steps = [step("set", { outputs: { out: 1 } }), step("rest", { duration: 3 }), step("all", { duration: 9 })];
  const { test } = testFromRun(facts({ nodes, steps, pinned: (id) => id === "set" || id === "idle" }));
  expect(Object.keys(test.mocks ?? {})).toEqual(["set", "rest"]);
  expect(test.expect).toEqual({ outputs: { answer: 1 } });
});
