import { expect, test } from "vitest";

import type { NodeSpec } from "../model/types";
import { countUse, useUsed } from "../store/used";
import { findKinds, mostUsed, oftenUsed, triggersLast, usedFirst } from "./kinds";

const spec = (kind: string, title: string): NodeSpec =>
  ({ kind, title, category: "Data", description: "", known_as: [] as string[] }) as NodeSpec;
const all = [spec("a.set", "Set fields"), spec("a.sort", "Sort"), spec("a.switch", "Switch"), spec("a.wait", "Wait")];
const kinds = (specs: NodeSpec[]) => specs.map(({ kind }) => kind);

test("of nodes that answer alike, those that are used more come first", () => {
  expect(kinds(findKinds(all, "s"))).toEqual(["a.set", "a.sort", "a.switch"]);
  expect(kinds(findKinds(all, "s", { "a.switch": 4, "a.sort": 1 }))).toEqual(["a.switch", "a.sort", "a.set"]);
});

test("what is used most does not come before the word itself", () => {
  expect(kinds(findKinds(all, "sort", { "a.switch": 99, "a.set": 99 }))).toEqual(["a.sort"]);
  const two = [spec("x.sorter", "Sorter"), spec("x.sort", "Sort")];
  expect(kinds(findKinds(two, "sort", { "x.sorter": 99 }))[0]).toBe("x.sort");
});

test("a node is found by what it is called elsewhere, after those that are called so here", () => {
  const loop = { ...spec("f.each", "For each"), known_as: ["loop", "split in batches"] };
  const sentence = { ...spec("a.note", "Listen"), description: "Look out for each of the plans" };
  expect(kinds(findKinds([sentence, loop], "loop"))).toEqual(["f.each"]);
  expect(kinds(findKinds([loop, spec("x.loop", "Loop")], "loop"))).toEqual(["x.loop", "f.each"]);
  expect(kinds(findKinds([loop], "split batches"))).toEqual(["f.each"]);
});

test("without a query what is used most stands first, and nothing is lost", () => {
  const used = { "a.wait": 3, "a.sort": 5, "a.gone": 9 };
  expect(kinds(mostUsed(all, used))).toEqual(["a.sort", "a.wait"]);
  expect(kinds(usedFirst(all, used))).toEqual(["a.sort", "a.wait", "a.set", "a.switch"]);
});

test("often used are at least three kinds, each at least three times of late", () => {
  const often = (...uses: string[]) => {
    useUsed.setState({ used: {} });
    uses.forEach(countUse);
    return kinds(oftenUsed(all, useUsed.getState().used));
  };
  const [a, b, c] = ["a.set", "a.sort", "a.wait"] as const;
  expect(often(a)).toEqual([]);
  expect(often(a, a, b, b, c, c)).toEqual([]);
  expect(often(a, a, a, a, b, b, b)).toEqual([]);
  expect(often(a, b, c, a, b, c, a, b, c)).toEqual([c, b, a]);
  // Long ago is not of late.
  expect(often(a, a, a, b, b, b, c, c, c, ...Array<string>(20).fill("a.switch"))).toEqual([]);
});

test("what starts runs stands last where a drawing has a start already", () => {
  const start = { ...spec("t.manual", "Manual start"), trigger: true } as NodeSpec;
  expect(kinds(triggersLast([start, ...all]))).toEqual([...kinds(all), "t.manual"]);
});
