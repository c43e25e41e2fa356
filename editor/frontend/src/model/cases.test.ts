import { describe, expect, it } from "vitest";

import { firstMock, freshTestName, standOf, strangers, tidied, undecided, withMock, withoutMock, withoutNode } from "./cases";
import type { DraftNode } from "./draft";
import type { NodeSpec, TestCase } from "./types";

function node(id: string, kind: string, settings = {}): DraftNode {
  return { id, kind, title: "", parameters: {}, promoted: [], settings, frame: "", pin: null };
}

const spec = (part: Partial<NodeSpec>): NodeSpec => ({ effect: "pure", trigger: false, begins: [], ...part }) as NodeSpec;
const TYPES = new Map([
  ["http.request", spec({ effect: "external" })],
  ["trigger.webhook", spec({ effect: "external", trigger: true })],
  ["data.set", spec({})],
]);
const NODES = [node("hook", "trigger.webhook"), node("ask", "http.request"), node("off", "http.request", { disabled: true }), node("set", "data.set")];

describe("a test is written without what holds anyway", () => {
  it("leaves out empty parts, the usual status and the usual time", () => {
    const test: TestCase = {
      name: "a",
      inputs: {},
      trigger: null,
      mocks: {},
      external: [],
      timeout: 10,
      expect: { status: "succeeded", outputs: {}, ran: [], not_ran: [], error: null },
    };
    expect(tidied(test)).toEqual({ name: "a" });
  });

  it("keeps a mock that gives nothing, and outputs that are empty or null", () => {
    const test: TestCase = { name: "a", mocks: { ask: { outputs: {} } }, expect: { outputs: { n: null } } };
    expect(tidied(test)).toEqual(test);
  });

  it("leaves out the parts of an error that nobody filled in", () => {
    expect(tidied({ name: "a", expect: { status: "failed", error: { code: "", step: "ask" } } }).expect).toEqual({
      status: "failed",
      error: { step: "ask" },
    });
  });
});

it("a name that is taken gets a number", () => {
  expect(freshTestName([{ name: "a" }, { name: "a 2" }], "a")).toBe("a 3");
  expect(freshTestName([], "a")).toBe("a");
});

describe("how a test has its nodes", () => {
  it("wants to be told of each node that works outside, runs, and is no trigger", () => {
    expect(undecided({ name: "a" }, NODES, TYPES).map(({ id }) => id)).toEqual(["ask"]);
    expect(undecided({ name: "a", external: ["ask"] }, NODES, TYPES)).toEqual([]);
    expect(undecided(withMock({ name: "a" }, "ask", { outputs: {} }), NODES, TYPES)).toEqual([]);
  });

  it("has a node either mocked or for real", () => {
    const mocked = withMock({ name: "a", external: ["ask"] }, "ask", { error: { message: "no" } });
    expect([standOf(mocked, "ask"), mocked.external]).toEqual(["error", []]);
    const real = withoutMock(mocked, "ask", true);
    expect([standOf(real, "ask"), real.mocks]).toEqual(["real", {}]);
    expect(standOf(withoutMock(real, "ask", false), "ask")).toBe("open");
  });

  it("begins a mock with something of the first output's type", () => {
    expect(firstMock([{ name: "out", type: "object" }, { name: "error", type: "object" }])).toEqual({ outputs: { out: {} } });
    expect(firstMock([])).toEqual({ outputs: {} });
  });
});

it("nodes that are gone are found wherever a test names them, and taken out of it", () => {
  const test: TestCase = {
    name: "a",
    trigger: "gone",
    mocks: { gone: { outputs: {} }, ask: { outputs: {} } },
    external: ["away"],
    expect: { ran: ["ask", "gone"], not_ran: ["lost"] },
  };
  expect(strangers(test, new Set(["ask"]))).toEqual(["gone", "away", "lost"]);
  expect(tidied(withoutNode(test, "gone"))).toEqual({
    name: "a",
    mocks: { ask: { outputs: {} } },
    external: ["away"],
    expect: { ran: ["ask"], not_ran: ["lost"] },
  });
});
