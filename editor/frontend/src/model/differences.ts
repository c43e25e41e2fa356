/** Where the run of a test differs from what was expected: in words, and taken over as what is expected. */
import { isJsonObject } from "./cases";
import type { EndStatus, ExpectedError, Json, JsonObject, TestCase } from "./types";

/** One difference, as the API tells it. */
export interface Difference {
  place: string;
  expected: Json;
  actual: Json;
  message: string;
}

/** One side of a difference: a value, or words where there is none. */
export type Side = { value: Json } | { words: string };

export interface Told {
  place: string;
  expected: Side;
  actual: Side;
  /** What the two sides do not say. */
  note: string;
}

/** What follows a place's first part: `ran.ask` is about the node `ask`. */
function after(place: string, part: string): string | null {
  return place.startsWith(`${part}.`) ? place.slice(part.length + 1) : null;
}

export function tell({ place, expected, actual, message }: Difference): Told {
  const ran = after(place, "ran");
  if (ran !== null) return { place: ran, expected: { words: "runs" }, actual: { words: "did not run" }, note: "" };
  const spared = after(place, "not_ran");
  if (spared !== null) return { place: spared, expected: { words: "does not run" }, actual: { words: "ran" }, note: "" };
  const sides = { place, expected: { value: expected }, actual: { value: actual } };
  if (message.startsWith("is missing")) {
    const known = /\((the run's outputs: .*)\)$/.exec(message)?.[1] ?? "";
    return { ...sides, actual: { words: place === "error" ? "the run did not fail" : "missing" }, note: known };
  }
  if (message.startsWith("is too much")) return { ...sides, expected: { words: "nothing" }, note: "" };
  if (place === "error.message") return { ...sides, note: "The message must contain what is expected." };
  if (Array.isArray(expected) && Array.isArray(actual)) {
    return {
      ...sides,
      expected: { words: counted(expected.length) },
      actual: { words: counted(actual.length) },
      note: "",
    };
  }
  if (place !== "status") return { ...sides, note: "" };
  if (actual === null) return { ...sides, actual: { words: "time is over" }, note: message };
  return { ...sides, note: /\((.*)\)$/s.exec(message)?.[1] ?? "" };
}

function counted(items: number): string {
  return items === 1 ? "1 item" : `${items} items`;
}

/** Whether what came can be taken over: a run that was broken off has nothing to expect. */
export function canExpect({ place, actual }: Difference): boolean {
  return !(place === "status" && actual === null);
}

/** The test with what came in place of what was expected there. */
export function expecting(test: TestCase, difference: Difference): TestCase {
  const { expect = {} } = test;
  const { place, actual } = difference;
  const now = (part: TestCase["expect"]): TestCase => ({ ...test, expect: { ...expect, ...part } });
  const ran = after(place, "ran");
  if (ran !== null) return now({ ran: (expect.ran ?? []).filter((id) => id !== ran) });
  const spared = after(place, "not_ran");
  if (spared !== null) return now({ not_ran: (expect.not_ran ?? []).filter((id) => id !== spared) });
  if (place === "status") return now({ status: actual as EndStatus });
  if (place === "error") return now({ error: null });
  const part = after(place, "error");
  if (part !== null) {
    const { [part as keyof ExpectedError]: _was, ...rest } = expect.error ?? {};
    return now({ error: typeof actual === "string" ? { ...rest, [part]: actual } : rest });
  }
  if (!place.startsWith("outputs.")) return test;
  return now({ outputs: put(expect.outputs ?? {}, place.slice("outputs".length), difference) as JsonObject });
}

/** Put what came at a place such as `.order.lines[0].count`; keys may have dots of their own. */
function put(value: Json, place: string, difference: Difference): Json {
  if (!place) return difference.actual;
  const item = /^\[(\d+)\]/.exec(place);
  if (Array.isArray(value) && item) {
    const rest = place.slice(item[0].length);
    return value.map((part, at) => (at === Number(item[1]) ? put(part, rest, difference) : part));
  }
  if (!isJsonObject(value) || !place.startsWith(".")) return value;
  const path = place.slice(1);
  const [key] = Object.keys(value)
    .filter((name) => path === name || path.startsWith(`${name}.`) || path.startsWith(`${name}[`))
    .sort((one, other) => other.length - one.length);
  if (key === undefined) return { ...value, [path]: difference.actual };
  if (path === key && difference.message.startsWith("is missing")) {
    const { [key]: _gone, ...rest } = value;
    return rest;
  }
  return { ...value, [key]: put(value[key] ?? null, path.slice(key.length), difference) };
}
