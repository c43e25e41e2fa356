import { expect, it } from "vitest";

import { cutsIn } from "./cut";
import { schemaOf } from "./inferred";
import type { Json } from "./types";

const cut = (kind: string, length: number, some?: Json): Json => ({ $cut: { seq: 1, path: ["out"], size: 9e5, kind, length, start: "[", ...(some === undefined ? {} : { some }) } });

it("finds what is cut in a value", () => {
  expect(cutsIn({ a: 1, b: { c: cut("list", 7) }, d: [cut("text", 9)] }).map(({ kind }) => kind)).toEqual(["list"]);
  expect(cutsIn([cut("text", 9), 1, { a: cut("object", 2) }]).map(({ kind }) => kind)).toEqual(["text", "object"]);
  expect(cutsIn(cut("list", 3))).toHaveLength(1);
  expect(cutsIn([1, "x", null, { a: [] }])).toEqual([]);
});

it("tells of a cut value what its first parts are made of, and how long it is", () => {
  const known = schemaOf([cut("list", 100_000, [{ id: 1 }, { id: 2, name: "x" }])]);
  expect(known).toMatchObject({ types: ["list"], length: 100_000, items: { types: ["object"] } });
  expect([...(known.items?.keys ?? [])].map(([key, { optional }]) => [key, optional])).toEqual([["id", false], ["name", true]]);
  expect(schemaOf([cut("list", 100_000)])).toMatchObject({ types: ["list"], length: 100_000, items: null });
  expect([...schemaOf([cut("object", 2, { a: 1 })]).keys.keys()]).toEqual(["a"]);
});
