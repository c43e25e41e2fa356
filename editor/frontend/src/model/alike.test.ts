import { expect, it } from "vitest";

import { Alike, partsOf } from "./alike";
import type { Json } from "./types";

const are = (one: Json | undefined, other: Json | undefined): boolean => new Alike().are(one, other);

function parts(before: Json, after: Json): unknown {
  const found = partsOf(before, after, new Alike());
  return found && { unlike: found.unlike.map(({ name, before: old, after: now }) => [name, old, now]), same: found.same.map(([name]) => name) };
}

it("takes values for the same whatever the order of their keys, and no others", () => {
  expect(are({ a: 1, b: [null, "x"] }, { b: [null, "x"], a: 1 })).toBe(true);
  expect(are({ a: 1 }, { a: 1, b: null })).toBe(false);
  expect(are({ a: 1, b: 2 }, { a: 1, c: 2 })).toBe(false);
  expect(are([1, 2], [1])).toBe(false);
  expect(are([], {})).toBe(false);
  expect(are(null, undefined)).toBe(false);
  expect(are("1", 1)).toBe(false);
});

it("tells large values apart by their hashes, and without any by what is seen", () => {
  const cut = (seq: number, size: number, sha256?: string): Json => ({ $cut: { seq, path: [], size, kind: "text", start: "x", ...(sha256 ? { sha256 } : {}) } });
  expect(are(cut(1, 900, "aa"), cut(7, 900, "aa"))).toBe(true);
  expect(are(cut(1, 900, "aa"), cut(1, 900, "bb"))).toBe(false);
  expect(are(cut(1, 900), cut(2, 900))).toBe(true);
  expect(are(cut(1, 900), cut(1, 901))).toBe(false);
  expect(partsOf(cut(1, 900), cut(1, 901), new Alike())).toBeNull();
});

it("finds the parts that are not the same", () => {
  expect(parts({ a: 1, b: { c: 2 }, gone: 3 }, { a: 1, b: { c: 5 }, more: null })).toEqual({
    unlike: [["b", { c: 2 }, { c: 5 }], ["gone", 3, undefined], ["more", undefined, null]],
    same: ["a"],
  });
  expect(parts({ a: 1 }, [1])).toBeNull();
});

it("lays lists side by side from both ends", () => {
  expect(parts([1, 2, 3, 4], [1, 2, 9, 3, 4])).toEqual({ unlike: [["2", undefined, 9]], same: ["0", "1", "3", "4"] });
  expect(parts([1, 2, 3], [1, 3])).toEqual({ unlike: [["1", 2, undefined]], same: ["0", "1"] });
  expect(parts([1, 2, 3], [7, 2, 8])).toEqual({ unlike: [["0", 1, 7], ["2", 3, 8]], same: ["1"] });
});
