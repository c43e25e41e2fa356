import { describe, expect, it } from "vitest";

import { type EdgeEnds, parseEdge } from "./edges";
import { overlaps } from "./geometry";
import { tidy } from "./layout";
import { search } from "./search";

const sized = (ids: string): { id: string; width: number; height: number }[] =>
  ids.split(" ").map((id) => ({ id, width: 220, height: 56 }));
const edges = (...texts: string[]): EdgeEnds[] =>
  texts.flatMap((text) => parseEdge(text.replace(">", ".out -> ").concat(".in")) ?? []);

describe("tidying up", () => {
  it("puts what follows to the right, and a straight line straight", () => {
    const places = tidy(sized("a b c"), edges("a>b", "b>c"));
    expect([...places.values()]).toEqual([[0, 0], [300, 0], [600, 0]]);
  });

  it("lets no nodes overlap", () => {
    const nodes = sized(Array.from({ length: 60 }, (_, index) => `n${index}`).join(" "));
    const made = edges(...Array.from({ length: 58 }, (_, index) => `n${index >> 1}>n${index + 2}`));
    const boxes = [...tidy(nodes, made)].map(([, [x, y]]) => ({ x, y, width: 220, height: 56 }));
    const hits = boxes.filter((box, at) => boxes.some((other, index) => index > at && overlaps(box, other)));
    expect(hits).toEqual([]);
  });

  it("ends on circles, self-loops and edges to nowhere", () => {
    const places = tidy(sized("a b c"), edges("a>b", "b>c", "c>a", "b>b", "c>gone"));
    expect(places.size).toBe(3);
    expect(places.get("c")?.[0]).toBe(600);
  });

  it("uncrosses two lines", () => {
    const places = tidy(sized("a b c d"), edges("a>d", "b>c"));
    const y = (id: string): number => places.get(id)?.[1] ?? Number.NaN;
    expect(y("a") < y("b")).toBe(y("d") < y("c"));
  });

  it("places each of 1,000 nodes with 1,500 edges, and none over another", () => {
    const nodes = sized(Array.from({ length: 1000 }, (_, index) => `n${index}`).join(" "));
    const ends = (index: number) => `n${index % 970}>n${(index % 970) + 20 + ((index * 7) % 10)}`;
    const places = tidy(nodes, edges(...Array.from({ length: 1500 }, (_, index) => ends(index))));
    const columns = new Map<number, number[]>();
    for (const [x, y] of places.values()) columns.set(x, [...(columns.get(x) ?? []), y]);
    expect(places.size).toBe(1000);
    for (const ys of columns.values()) {
      ys.sort((one, other) => one - other);
      ys.slice(1).forEach((y, index) => expect(y - (ys[index] ?? 0)).toBeGreaterThanOrEqual(56));
    }
  });
});

describe("searching", () => {
  const find = (query: string): string[] =>
    search(["HTTP request", "Respond to webhook", "Sort", "Text template"], query, (text) => [{ text, weight: 1 }]);

  it("puts beginnings before what is inside, and knows letters in order", () => {
    expect(find("re")[0]).toBe("Respond to webhook");
    expect(find("req")[0]).toBe("HTTP request");
    expect(find("txtmpl")).toEqual(["Text template"]);
    expect(find("zzz")).toEqual([]);
  });
});
