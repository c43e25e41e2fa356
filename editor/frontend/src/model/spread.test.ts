import { expect, it } from "vitest";

import { parseEdge } from "./edges";
import type { Placed } from "./gap";
import { overlaps } from "./geometry";
import { spread } from "./spread";

const card = (id: string, x: number, y = 0): Placed => ({ id, x, y, width: 220, height: 56 });

it("makes room for what comes in place of a node on every side, and keeps rows and columns", () => {
  const others = [card("before", 0), card("after", 600), card("last", 900), card("above", 300, -80), card("higher", 300, -160), card("below", 320, 100), card("lower", 320, 180), card("far", 0, 400)];
  const came = [card("a", 0), card("b", 300), card("c", 600, -150), card("d", 600, 150)];
  const edges = ["before.out -> a.in", "c.out -> after.in", "after.out -> last.in"].flatMap((text) => parseEdge(text) ?? []);
  const shifts = spread(came, card("call", 300), others, edges);
  const placed = [...came, ...others].map((box) => {
    const [x, y] = shifts.get(box.id) ?? [0, 0];
    return { ...box, x: box.x + x, y: box.y + y };
  });
  const at = (id: string): number[] => placed.filter((box) => box.id === id).flatMap(({ x, y }) => [x, y]);
  expect(placed.flatMap((one) => placed.filter((other) => other !== one && overlaps(one, other)).map(({ id }) => `${one.id} ${id}`))).toEqual([]);
  expect([at("a"), at("before"), at("far")]).toEqual([[300, 0], [0, 0], [0, 400]]);
  expect([at("after"), at("last")]).toEqual([[1200, 0], [1500, 0]]);
  expect([(at("higher")[1] ?? 0) - (at("above")[1] ?? 0), (at("lower")[1] ?? 0) - (at("below")[1] ?? 0)]).toEqual([-80, 80]);
});

it("moves nothing around what has room, or takes no more of it", () => {
  expect(spread([card("a", 0), card("b", 300)], card("call", 150), [card("after", 600)], []).size).toBe(0);
  expect([...spread([card("a", 590, 7)], card("call", 300), [card("after", 600)], [])]).toEqual([["a", [-290, -7]]]);
});
