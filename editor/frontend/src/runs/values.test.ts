import { expect, it } from "vitest";

import type { RunEvent } from "../api/events";
import type { Document, Json } from "../model/types";
import { RunFold } from "../store/fold";
import { areKnown, inputsOf, unknownPorts } from "./values";

type Fact = [type: string, step: string, data: object];

function inputs(path: string, facts: Fact[], document: object = {}): Record<string, Json> | "unknown" {
  const fold = new RunFold();
  facts.forEach(([type, step, data], index) => {
    fold.apply({ seq: index + 1, time: index + 1, type, step, data } as unknown as RunEvent);
  });
  const step = fold.steps.get(path);
  if (!step) throw new Error(path);
  const known = { find: (one: string) => fold.steps.get(one), document: document as Document };
  const found = inputsOf(step, known);
  return areKnown(step, known) && unknownPorts(step, found).length === 0 ? found : "unknown";
}

const begun = (frame: string, told: object): Fact => ["step.started", frame, { frame: told }];
const fired = (step: string, from: string, port: string, outputs: object = {}): Fact => [
  "step.succeeded",
  step,
  { inputs: { in: [[from, port]] }, outputs },
];

it("knows the item, and the value that entered a frame that runs once", () => {
  expect(inputs("f[1]/a", [begun("f", { mode: "each", items: [7, 8] }), fired("f[1]/a", "f", "item")])).toEqual({ in: 8 });
  expect(inputs("g/a", [begun("g", { mode: "group", value: { n: 1 } }), fired("g/a", "g", "start")])).toEqual({ in: { n: 1 } });
  expect(inputs("g~2/a", [begun("g", { mode: "race", value: null }), fired("g~2/a", "g", "start")])).toEqual({ in: null });
});

it("knows what each part of a Try begins with", () => {
  const facts: Fact[] = [
    begun("f[0]/safe", { mode: "try", value: 5 }),
    ["step.failed", "f[0]/safe[try]/a", { inputs: { in: [["f[0]/safe", "try"]] }, error: { code: "bad", message: "no" }, handled: "fail" }],
    fired("f[0]/safe[catch]/b", "f[0]/safe", "catch"),
    fired("f[0]/safe[finally]/c", "f[0]/safe", "finally"),
  ];
  expect(inputs("f[0]/safe[try]/a", facts)).toEqual({ in: 5 });
  expect(inputs("f[0]/safe[catch]/b", facts)).toEqual({ in: { step: "f[0]/safe[try]/a", code: "bad", message: "no" } });
  expect(inputs("f[0]/safe[finally]/c", facts, TRY)).toEqual({ in: { result: null } });
});

const TRY = { edges: ["safe.try -> a.in", "safe.catch -> b.in", "safe.finally -> c.in", "a.out -> safe.result", "b.out -> safe.result"] };
const BODY: Fact = ["step.failed", "safe[try]/a", { inputs: { in: [["safe", "try"]] }, error: { code: "bad", message: "no" }, handled: "fail" }];

it("knows the result or the error with which finally begins", () => {
  const cleaned = (facts: Fact[], document: object = TRY): ReturnType<typeof inputs> =>
    inputs("safe[finally]/c", [begun("safe", { mode: "try", value: 5 }), ...facts, fired("safe[finally]/c", "safe", "finally", { out: 9 })], document);
  expect(cleaned([fired("safe[try]/a", "safe", "try", { out: 6 })])).toEqual({ in: { result: 6 } });
  expect(cleaned([fired("safe[try]/a", "safe", "try", { out: 6 }), fired("safe[try]/a#2", "x", "out", { out: 7 })])).toEqual({ in: { result: 7 } });
  expect(cleaned([BODY, fired("safe[catch]/b", "safe", "catch", { out: 8 })])).toEqual({ in: { result: 8 } });
  const uncaught = { step: "safe[try]/a", code: "bad", message: "no" };
  expect(cleaned([BODY], { edges: TRY.edges.filter((edge) => !edge.startsWith("safe.catch")) })).toEqual({ in: uncaught });
  const again: Fact = ["step.failed", "safe[catch]/b", { inputs: { in: [["safe", "catch"]] }, error: { code: "worse", message: "oh" }, handled: "fail" }];
  expect(cleaned([BODY, again])).toEqual({ in: { step: "safe[catch]/b", code: "worse", message: "oh" } });
  const late: Fact = ["step.cancelling", "safe", { reason: "its time was up", error: { code: "timeout", message: "too long" } }];
  expect(cleaned([late])).toEqual({ in: { step: "safe", code: "timeout", message: "too long" } });
  // What the time limit ends while it cleans up had begun with the result.
  const cleaning = fired("safe[finally]/before", "safe", "finally");
  expect(cleaned([fired("safe[try]/a", "safe", "try", { out: 6 }), cleaning, late])).toEqual({ in: { result: 6 } });
  expect(cleaned([], { edges: [...TRY.edges, "safe.try -> safe.result"] })).toBe("unknown");
});

it("begins a round with what the one before has given", () => {
  const facts: Fact[] = [
    begun("r", { mode: "repeat", value: 1 }),
    fired("r[0]/a", "r", "value", { out: 2 }),
    fired("r[1]/a", "r", "value", { other: 9 }),
    fired("r[2]/a", "r", "value", { out: 3 }),
  ];
  const document = { edges: ["r.value -> a.in", "a.out -> r.next"] };
  expect([0, 1, 2].map((round) => inputs(`r[${round}]/a`, facts, document))).toEqual([{ in: 1 }, { in: 2 }, { in: 2 }]);
});

it("knows what compensates a step, and the item of a step that runs for each", () => {
  expect(inputs("p[compensate]/u", [fired("p", "s", "out", { out: 4 }), fired("p[compensate]/u", "p", "compensate")])).toEqual({ in: 4 });
  const facts: Fact[] = [
    fired("s", "", "", { out: ["x", "y"] }),
    ["step.started", "c", { inputs: { in: [["s", "out"]] } }],
    ["step.started", "c[1]", { attempt: 1 }],
  ];
  expect(inputs("c[1]", facts, { nodes: { c: { kind: "k", settings: { each: true } } } })).toEqual({ in: "y" });
  const listed = (list: string): object => ({ nodes: { c: { kind: "k", settings: { each: { list } } } } });
  expect(inputs("c[1]", facts, listed("{{ 1 }}"))).toBe("unknown");
  expect(inputs("c[1]", facts, listed("{{ input }}"))).toEqual({ in: "y" });
  expect(inputs("c[1]", facts, listed("{{ input.gone }}"))).toBe("unknown");
  const [, ...rest] = facts;
  expect(inputs("c[1]", [fired("s", "", "", { out: { a: { b: [1, 2] } } }), ...rest], listed("{{ input.a.b }}"))).toEqual({ in: 2 });
});

it("tells a null that was emitted from what is not known", () => {
  expect(inputs("a", [fired("s", "", "", { out: null }), fired("a", "s", "out")])).toEqual({ in: null });
  expect(inputs("a", [fired("a", "gone", "out")])).toBe("unknown");
});
