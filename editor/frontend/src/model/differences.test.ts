import { describe, expect, it } from "vitest";

import { tidied } from "./cases";
import { canExpect, type Difference, expecting, tell } from "./differences";
import type { Json, TestCase } from "./types";

function difference(place: string, expected: Json, actual: Json, message = ""): Difference {
  return { place, expected, actual, message };
}

describe("a difference in words", () => {
  it("shows both values", () => {
    expect(tell(difference("outputs.n", 1, 2, "is 2, expected 1"))).toEqual({
      place: "outputs.n",
      expected: { value: 1 },
      actual: { value: 2 },
      note: "",
    });
  });

  it("says what is missing, what is too much, and how long lists are", () => {
    expect(tell(difference("outputs.n", 1, null, "is missing, expected 1 (the run's outputs: a, b)"))).toMatchObject({
      actual: { words: "missing" },
      note: "the run's outputs: a, b",
    });
    expect(tell(difference("outputs.n.x", null, 3, "is too much: 3")).expected).toEqual({ words: "nothing" });
    expect(tell(difference("outputs.n", [1, 2], [1], "has 1 items, expected 2"))).toMatchObject({
      expected: { words: "2 items" },
      actual: { words: "1 item" },
    });
  });

  it("speaks of nodes that ran and that did not", () => {
    expect(tell(difference("ran.ask", true, false, "did not run"))).toMatchObject({ place: "ask", actual: { words: "did not run" } });
    expect(tell(difference("not_ran.ask", false, true, "ran"))).toMatchObject({ place: "ask", actual: { words: "ran" } });
  });

  it("tells why a run failed that was to succeed", () => {
    const told = tell(difference("status", "succeeded", "failed", 'is "failed", expected "succeeded" (ask: no route (to it))'));
    expect(told.note).toBe("ask: no route (to it)");
  });
});

describe("what came is taken over as what is expected", () => {
  const test: TestCase = {
    name: "a",
    expect: { outputs: { order: { lines: [{ count: 2 }, { count: 1 }], "a.b": 1, gone: 1 } }, ran: ["ask"], not_ran: ["set"] },
  };
  const outputs = (...differences: Difference[]): Json | undefined => differences.reduce(expecting, test).expect?.outputs?.order;

  it("deep within an output", () => {
    expect(outputs(difference("outputs.order.lines[1].count", 1, 5))).toEqual({ lines: [{ count: 2 }, { count: 5 }], "a.b": 1, gone: 1 });
    expect(outputs(difference("outputs.order.a.b", 1, 2))).toMatchObject({ "a.b": 2 });
  });

  it("with keys that are missing, too many, and lists of another length", () => {
    expect(
      outputs(
        difference("outputs.order.gone", 1, null, "is missing"),
        difference("outputs.order.more", null, true, "is too much: true"),
        difference("outputs.order.lines", [], [{ count: 7 }], "has 1 items, expected 2"),
      ),
    ).toEqual({ lines: [{ count: 7 }], "a.b": 1, more: true });
  });

  it("of an output that there is not", () => {
    expect(expecting(test, difference("outputs.order", {}, null, "is missing, expected {}")).expect?.outputs).toEqual({});
  });

  it("of status, nodes and error", () => {
    expect(expecting(test, difference("status", "succeeded", "failed")).expect?.status).toBe("failed");
    expect(expecting(test, difference("ran.ask", true, false)).expect?.ran).toEqual([]);
    expect(expecting(test, difference("not_ran.set", false, true)).expect?.not_ran).toEqual([]);
    const failing: TestCase = { name: "a", expect: { status: "failed", error: { code: "a", step: "x" } } };
    expect(expecting(failing, difference("error.code", "a", "b")).expect?.error).toEqual({ code: "b", step: "x" });
    expect(tidied(expecting(failing, difference("error", {}, null, "is missing"))).expect).toEqual({ status: "failed" });
  });

  it("but not that the time was over", () => {
    expect(canExpect(difference("status", "succeeded", null, "The run took longer than 1 s."))).toBe(false);
    expect(canExpect(difference("outputs.n", 1, null))).toBe(true);
  });
});
