import { describe, expect, it } from "vitest";

import { type Inferred, schemaOf, tableOf } from "./inferred";
import type { Json } from "./types";

const told = (schema: Inferred): unknown => ({
  types: schema.types.join(" or "),
  ...(schema.keys.size ? { keys: Object.fromEntries([...schema.keys].map(([key, one]) => [one.optional ? `${key}?` : key, told(one)])) } : {}),
  ...(schema.items ? { items: told(schema.items) } : {}),
});

describe("the schema that a value shows", () => {
  it("names keys with their types, also within lists, and those that are not always there", () => {
    const orders = [{ id: 1, tags: ["a"] }, { id: "x", note: null, tags: [] }];
    expect(told(schemaOf([{ orders } as unknown as Json]))).toEqual({
      types: "object",
      keys: {
        orders: {
          types: "list",
          items: {
            types: "object",
            keys: { id: { types: "number or text" }, tags: { types: "list", items: { types: "text" } }, "note?": { types: "null" } },
          },
        },
      },
    });
  });

  it("knows the type of what is too large to be there", () => {
    const cut = { $cut: { seq: 1, path: [], size: 9e6, kind: "list", length: 4000, start: "[" } };
    expect(schemaOf([{ rows: cut }]).keys.get("rows")).toMatchObject({ types: ["list"], length: 4000 });
  });

  it("has samples and lengths, and ends in what is too deep", () => {
    expect(schemaOf([[null, 7, 8]])).toMatchObject({ length: 3, items: { sample: 7 } });
    let deep: unknown = 1;
    for (let at = 0; at < 5000; at += 1) deep = [deep];
    expect(schemaOf([deep as never]).types).toEqual(["list"]);
  });
});

describe("a value as a table", () => {
  it("has a column for each key of a list's objects, and one for what is none", () => {
    expect(tableOf([{ a: 1 }, { b: 2 }])).toEqual({ columns: ["a", "b"], rows: [[1, undefined], [undefined, 2]] });
    expect(tableOf([{ a: 1 }, 5])).toEqual({ columns: ["value", "a"], rows: [[undefined, 1], [5, undefined]] });
    expect(tableOf([1, 2])).toEqual({ columns: ["value"], rows: [[1], [2]] });
  });

  it("lists an object's keys, and is none of a number", () => {
    expect(tableOf({ a: 1, b: [2] })).toEqual({ columns: ["key", "value"], rows: [["a", 1], ["b", [2]]] });
    expect(tableOf(3)).toBeNull();
  });
});
