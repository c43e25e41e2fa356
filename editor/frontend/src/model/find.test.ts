import { expect, it } from "vitest";

import { type Findable, find, namesakes, textsOf } from "./find";

const NODES: Findable[] = [
  { id: "fetch", name: "Fetch it", texts: [{ where: "name", text: "Fetch it" }, { where: "parameter url", text: "https://example.com/orders?page=1" }] },
  { id: "order", name: "Order", texts: [{ where: "name", text: "Order" }, { where: "parameter url", text: "orders" }] },
];

it("finds each node once, by the first of its texts, whatever the case", () => {
  expect(find(NODES, "ORDER").map(({ id, where }) => [id, where])).toEqual([
    ["fetch", "parameter url"],
    ["order", "name"],
  ]);
});

it("finds letters with accents by those without, and marks them as they are", () => {
  const list = (text: string): Findable[] => [{ id: "one", name: "One", texts: [{ where: "name", text }] }];
  expect(find(list("Grüße an Zoë İ 🦓"), "gruß")[0]?.excerpt).toEqual(["", "Grüß", "e an Zoë İ 🦓"]);
  expect(find(list("İ Zoë 🦓 Noël"), "noel")[0]?.excerpt).toEqual(["İ Zoë 🦓 ", "Noël", ""]);
  expect(find(list("Zoe"), "zoë")).toHaveLength(1);
});

it("shows what stands around what was found", () => {
  expect(find(NODES, "page")[0]?.excerpt).toEqual(["https://example.com/orders?".slice(-24).replace(/^/, "…"), "page", "=1"]);
});

it("finds nothing without a query, and no more than it is asked for", () => {
  expect(find(NODES, "  ")).toEqual([]);
  expect(find(NODES, "e", 1)).toHaveLength(1);
});

it("names the path of each text of a value, and stops somewhere in a large one", () => {
  expect(textsOf({ a: [{ b: 3 }], c: null }, "output")).toEqual([
    { where: "output", text: "a" },
    { where: "output", text: "c" },
    { where: "output.a[0]", text: "b" },
    { where: "output.a[0].b", text: "3" },
  ]);
  expect(textsOf(Array.from({ length: 10_000 }, (_, n) => n), "output").length).toBeLessThanOrEqual(500);
});

it("tells which hits only their ids tell apart", () => {
  const list = ["a", "b", "c"].map((id): Findable => ({ id, name: id === "c" ? "Send it" : "Send", texts: [{ where: "name", text: "Send" }] }));
  expect(namesakes(find(list, "send"), ({ name }) => name)).toEqual(new Set(["a", "b"]));
});
