import { expect, it } from "vitest";

import { labelOf, sentenceOf } from "./labels";
import type { Problem } from "./types";

const PARAMETERS = { properties: { max_delay: { title: "Max Delay" }, rows: { title: "Rows" } } };
const problem = (message: string, parameter?: string): Problem => ({ code: "x", severity: "error", message, ...(parameter ? { parameter } : {}) });

it("reads a title as a label", () => {
  expect(labelOf("max_delay", { title: "Max Delay" })).toBe("Max delay");
  expect(labelOf("url", { title: "Url" })).toBe("URL");
  expect(labelOf("body_limit", {})).toBe("Body limit");
});

it("calls the parameter of a problem what the form calls it", () => {
  expect(sentenceOf(problem("The parameter 'max_delay' must be set.", "max_delay"), PARAMETERS)).toBe("The parameter “Max delay” must be set.");
  expect(sentenceOf(problem("The parameter 'rows[2].name' is wrong.", "rows"), PARAMETERS)).toBe("The parameter “Rows: item 3, name” is wrong.");
  expect(sentenceOf(problem("The parameter 'rows.a key' is wrong.", "rows"), PARAMETERS)).toBe("The parameter “Rows: a key” is wrong.");
});

it("does so for all of several, and for one that begins the sentence", () => {
  expect(sentenceOf(problem("One of the parameters 'rows' or 'max_delay' must be set.", "rows"), PARAMETERS)).toBe(
    "One of the parameters “Rows” or “Max delay” must be set.",
  );
  expect(sentenceOf(problem("'rows' of a is read before a run.", "rows"), PARAMETERS)).toBe("“Rows” of a is read before a run.");
});

it("leaves alone what it does not know, and what is no parameter", () => {
  const told = "The parameter 'other' is wrong.";
  expect(sentenceOf(problem(told, "other"), PARAMETERS)).toBe(told);
  const field = "input has no field 'row' (it has rows). Did you mean 'rows'?";
  expect(sentenceOf(problem(field, "rows"), PARAMETERS)).toBe(field);
  expect(sentenceOf(problem(told), undefined)).toBe(told);
});
