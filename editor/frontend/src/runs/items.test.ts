import { describe, expect, it } from "vitest";

import type { RunEvent } from "../api/events";
import type { Document } from "../model/types";
import { RunFold } from "../store/fold";
import { ALL_ITEMS, attemptsOfItem, chosenItems, countsOf, type Item, itemsOf } from "./items";

type Fact = [type: string, step: string, data?: object, time?: number];

function items(path: string, facts: Fact[], document: object = {}): Item[] {
  const fold = new RunFold();
  facts.forEach(([type, step, data = {}, time], index) => fold.apply({ seq: index + 1, time: time ?? index + 1, type, step, data } as unknown as RunEvent));
  const firing = fold.steps.get(path);
  if (!firing) throw new Error(path);
  return itemsOf(firing, [...fold.steps.values()], { find: (one) => fold.steps.get(one), document: document as Document });
}

const told = (all: readonly Item[]): string[] =>
  all.map(({ index, status, attempts, input, output, error }) => `${index} ${status} ${attempts} ${JSON.stringify(input)} ${JSON.stringify(output)} ${error?.code ?? ""}`.trim());

const each = (settings: object = {}): object => ({ nodes: { c: { kind: "k", settings: { each: settings } } } });
const source: Fact = ["step.succeeded", "s", { outputs: { out: ["x", "y", "z"] } }];
const inputs = { in: [["s", "out"]] };
const bad = { code: "bad", message: "It is too dear" };

describe("the items of a node that runs for each", () => {
  it("tell how each went, with its attempts", () => {
    const all = items(
      "c",
      [
        source,
        ["step.started", "c", { inputs }],
        ["step.started", "c[0]", { attempt: 1 }],
        ["step.succeeded", "c[0]", { outputs: { out: 10 }, duration: 3 }],
        ["step.started", "c[1]", { attempt: 1 }],
        ["step.retrying", "c[1]", { attempt: 1, delay: 1, error: bad }],
        ["step.failed", "c[1]", { error: bad, handled: "continue", duration: 4 }],
      ],
      { nodes: { c: { kind: "k", settings: { each: true } } } },
    );
    expect(told(all)).toEqual(['0 succeeded 1 "x" 10', '1 failed 2 "y" undefined bad', '2 pending 0 "z" undefined']);
    expect(all[1] && attemptsOfItem(all[1]).map(({ attempt, error }) => [attempt, error?.code])).toEqual([[1, "bad"], [2, "bad"]]);
  });

  it("are those of a For each whose items are runs of their own", () => {
    const all = items("f", [
      ["step.started", "f", { inputs: {}, frame: { mode: "each", items: ["x", "y"], spread: true } }],
      ["step.started", "f[0]/f:item", { attempt: 1, inputs: { item: [["f", "item"]] } }],
      ["step.succeeded", "f[0]/f:item", { outputs: { result: 7 }, duration: 1 }],
      ["step.started", "f[1]/f:item", { attempt: 1, inputs: { item: [["f", "item"]] } }],
      ["step.failed", "f[1]/f:item", { error: bad, handled: "fail", duration: 1 }],
    ]);
    expect(told(all)).toEqual(['0 succeeded 1 "x" 7', '1 failed 1 "y" undefined bad']);
  });

  it("are known as well where they were too quick to have events", () => {
    const errors = [{ index: 1, item: "y", ...bad }];
    const all = items(
      "c",
      [
        ["step.failed", "c[1]", { error: bad, handled: "continue", duration: 0 }],
        ["step.succeeded", "c", { outputs: { out: [1, 3], errors }, duration: 1 }],
      ],
      each({ list: "{{ [1] }}", errors: "collect" }),
    );
    expect(told(all)).toEqual(["0 succeeded 1 undefined 1", '1 failed 1 "y" undefined bad', "2 succeeded 1 undefined 3"]);
  });

  it("are counted where their list is too large for its event", () => {
    const cut = { $cut: { seq: 1, path: ["outputs", "out"], size: 9e6, kind: "list", length: 4, start: "[" } };
    const all = items("c", [["step.succeeded", "s", { outputs: { out: cut } }], ["step.started", "c", { inputs }]], each({ list: "{{ input }}" }));
    expect(all).toHaveLength(4);
    expect(all[3]).toMatchObject({ input: undefined, from: { seq: 1, length: 4 } });
  });

  it("are known where an expression gave their list, also when none of them began", () => {
    const own = (listed: unknown): Item[] => items("c", [source, ["step.started", "c", { inputs }], ["step.listed", "c", { items: listed }], ["step.failed", "c", { error: bad, handled: "fail" }]], each({ list: "{{ input[1:] }}" }));
    expect(told(own(["y", "z"]))).toEqual(['0 pending 0 "y" undefined', '1 pending 0 "z" undefined']);
    const cut = { $cut: { seq: 3, path: ["items"], size: 9e6, kind: "list", length: 70_000, start: "[" } };
    expect(own(cut)).toHaveLength(70_000);
    expect(own(cut)[69_999]).toMatchObject({ status: "pending", input: undefined, from: { seq: 3, path: ["items"] } });
  });

  it("that come after the one that stopped them have not begun", () => {
    const all = items("c", [source, ["step.started", "c", { inputs }], ["step.failed", "c[1]", { error: bad, handled: "fail" }], ["step.failed", "c", { error: bad, handled: "fail" }]], {
      nodes: { c: { kind: "k", settings: { each: true } } },
    });
    expect(all.map(({ status }) => status)).toEqual(["succeeded", "failed", "pending"]);
  });
});

describe("the items of a For each", () => {
  const document = { nodes: { f: { kind: "frame.each" }, a: { kind: "k", frame: "f" }, b: { kind: "k", frame: "f" } }, edges: ["f.item -> a.in", "a.out -> b.in", "b.out -> f.result"] };

  it("tell how their steps went together", () => {
    const all = items(
      "f",
      [
        ["step.started", "f", { frame: { mode: "each", items: [7, 8, 9] } }, 1],
        ["step.started", "f[0]/a", {}, 1],
        ["step.succeeded", "f[0]/a", { outputs: { out: 1 } }, 2],
        ["step.started", "f[0]/b", {}, 2],
        ["step.succeeded", "f[0]/b", { outputs: { out: 70 } }, 5],
        ["step.started", "f[1]/a", {}, 2],
        ["step.failed", "f[1]/a", { error: bad, handled: "fail" }, 3],
        ["step.skipped", "f[1]/b", {}, 3],
      ],
      document,
    );
    expect(told(all)).toEqual(["0 succeeded 1 7 70", "1 failed 1 8 undefined bad", "2 pending 0 9 undefined"]);
    expect(all[0]?.duration).toBe(4);
  });

  it("are those of its last attempt", () => {
    const all = items(
      "f",
      [
        ["step.started", "f", { frame: { mode: "each", items: [7] } }],
        ["step.failed", "f[0]/a", { error: bad, handled: "fail" }],
        ["step.succeeded", "f~2[0]/a", { outputs: { out: 1 } }],
      ],
      document,
    );
    expect(all).toMatchObject([{ path: "f~2[0]", status: "succeeded", input: 7 }]);
  });
});

describe("a choice of items", () => {
  const make = (index: number, more: Partial<Item>): Item => ({ index, path: `c[${index}]`, status: "succeeded", duration: 1, attempts: 1, input: undefined, from: undefined, output: undefined, error: null, steps: [], ...more });
  const all = [make(0, { duration: 5, input: { name: "Anna" } }), make(1, { status: "failed", duration: 2, error: bad }), make(2, { status: "pending", duration: null, output: ["anna"] })];
  const indexes = (choice: object): number[] => chosenItems(all, { ...ALL_ITEMS, ...choice }).map(({ index }) => index);

  it("is by status, and by text in what went in, came out or went wrong", () => {
    expect(indexes({ status: "failed" })).toEqual([1]);
    expect(indexes({ text: " ANNA " })).toEqual([0, 2]);
    expect(indexes({ text: "too dear" })).toEqual([1]);
    expect(indexes({ text: "nobody" })).toEqual([]);
    expect(countsOf(all)).toEqual([["failed", 1], ["pending", 1], ["succeeded", 1]]);
  });

  it("is sorted either way; what has no duration comes last", () => {
    expect(indexes({ sort: "duration" })).toEqual([1, 0, 2]);
    expect(indexes({ sort: "duration", down: true })).toEqual([0, 1, 2]);
    expect(indexes({ sort: "status" })).toEqual([1, 2, 0]);
    expect(indexes({ down: true })).toEqual([2, 1, 0]);
  });
});
