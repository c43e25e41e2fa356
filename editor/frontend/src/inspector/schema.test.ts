import { describe, expect, it } from "vitest";

import { blankOf, inBraces, kindOf, options, plainOf, resolve, titleOf, toExpression, toLiteral } from "./schema";

describe("a field's kind", () => {
  it("comes from the schema, through references and null", () => {
    const root = { $defs: { Case: { type: "object", properties: { name: { type: "string" } }, required: ["name"] } } };
    expect(kindOf(resolve({ anyOf: [{ $ref: "#/$defs/Case" }, { type: "null" }] }, root))).toBe("model");
    expect(kindOf(resolve({ anyOf: [{ type: "number" }, { type: "null" }], default: null }, root))).toBe("number");
    expect(kindOf({ type: "array", items: { type: "string" } })).toBe("list");
    expect(kindOf({ type: "object", additionalProperties: { type: "string" } })).toBe("pairs");
    expect(kindOf({})).toBe("json");
  });

  it("is what the widget says", () => {
    expect(kindOf({ type: "string", widget: "code" })).toBe("code");
    expect(kindOf({ type: "object", additionalProperties: true, widget: "key-value" })).toBe("pairs");
    expect(kindOf({ type: "string", widget: "expression", evaluate: "item" })).toBe("formula");
  });

  it("is a choice for enums, constants and unions of them", () => {
    expect(options({ anyOf: [{ const: "a" }, { enum: ["b", "c"] }, { type: "null" }] })).toEqual(["a", "b", "c"]);
    expect(options({ anyOf: [{ const: "a" }, { type: "number" }] })).toBeNull();
  });

  it("shows the values of a choice as words", () => {
    const days = { enum: ["mon", "tue"], titles: { mon: "Monday", "0": "Never" } };
    expect(titleOf("mon", days)).toBe("Monday");
    expect(titleOf(0, days)).toBe("Never");
    expect(titleOf("when_finished", days)).toBe("When finished");
    expect(titleOf("GET", {})).toBe("GET");
    expect(titleOf(1, {})).toBe("1");
    expect(titleOf("constructor", days)).toBe("Constructor");
  });

  it("does not follow a reference for ever", () => {
    const root = { $defs: { A: { $ref: "#/$defs/A" } } };
    expect(() => resolve({ $ref: "#/$defs/A" }, root)).not.toThrow();
  });
});

describe("blank items", () => {
  it("hold what is required and nothing else", () => {
    const schema = { type: "object", properties: { name: { type: "string" }, note: { type: "string" } }, required: ["name"] };
    expect(blankOf(schema, {})).toEqual({ name: "" });
  });
});

describe("literal and expression", () => {
  it("turn into each other without loss", () => {
    for (const value of [5, true, "it's", "a \"b\"", [1, 2], 0.5]) {
      expect(toLiteral(toExpression(value))).toEqual(value);
    }
  });

  it("does not take a computed value for a literal", () => {
    expect(toLiteral("{{ input.total }}")).toBeUndefined();
    expect(toLiteral("a {{ b }}")).toBeUndefined();
  });

  it("adds braces only where there are none", () => {
    expect(inBraces("input.total > 100")).toBe("{{ input.total > 100 }}");
    expect(inBraces("{{ input }}")).toBe("{{ input }}");
    expect(inBraces("")).toBe("");
  });
});

it("takes what is written over an expression as a value of the field's kind", () => {
  expect(plainOf("5", "number")).toBe(5);
  expect(plainOf("True", "boolean")).toBe(true);
  expect(plainOf('{"a": 1}', "json")).toEqual({ a: 1 });
  expect(plainOf("Ada", "json")).toBe("Ada");
  expect(plainOf("5", "text")).toBe("5");
  expect(plainOf(" ", "number")).toBe(" ");
});
