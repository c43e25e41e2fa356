import { expect, it } from "vitest";

import { labelOf, refusalOf, sentenceAtField, sentenceOf } from "./labels";
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

it("says beneath the field only what the field does not show", () => {
  const at = (message: string, place?: (string | number)[]): string => sentenceAtField({ ...problem(message, "rows"), ...(place ? { place } : {}) }, PARAMETERS);
  expect(at("The parameter 'rows' is wrong: must be at least 0 (given: -5).")).toBe("This must be at least 0.");
  expect(at("The parameter 'rows' is wrong: it has (by far) too many (given: \"(a).\").")).toBe("It has (by far) too many.");
  expect(at("The parameter 'rows' must be set.")).toBe("This must be set.");
  expect(at("The parameter 'rows[0]' is wrong: must be a text (given: 1).", [])).toBe("This must be a text.");
  // What stands within a value, which has no field of its own, is named.
  expect(at("The parameter 'rows[0]' is wrong: must be a text (given: 1).", [0])).toBe("The parameter “Rows: item 1” is wrong: must be a text (given: 1).");
  expect(at("One of the parameters 'rows' or 'max_delay' must be set.")).toBe("One of the parameters “Rows” or “Max delay” must be set.");
});

it("says of a drawing that is refused which node has the first problem, and that there are more", () => {
  const nodes = new Map([["a", { id: "a", kind: "shop.price", title: "" }]]);
  const types = new Map([["shop.price", { title: "Price", parameters: PARAMETERS }]]);
  const unset = { ...problem("The parameter 'rows' must be set.", "rows"), node: "a" };
  const warning = { ...problem("Nothing leads here.", ""), severity: "warning" } as const;
  expect(refusalOf([warning, unset], nodes, types)).toBe("Price: The parameter “Rows” must be set.");
  expect(refusalOf([unset, unset, unset], nodes, types)).toBe("Price: The parameter “Rows” must be set. 2 more problems are marked.");
  expect(refusalOf([{ ...problem("a (shop.price) waits."), node: "a" }], nodes, types)).toBe("a (shop.price) waits.");
  expect(refusalOf([], nodes, types)).toBe("");
});
