import { expect, it } from "vitest";
import * as Y from "yjs";

import { LOCAL, maps, readAgain, readEdge, readEdges } from ".";

/** Edges from a row of nodes to the next ones, each with a number of its own. */
function drawn(count: number): Y.Doc {
  const doc = new Y.Doc();
  const { edges } = maps(doc);
  doc.transact(() => {
    for (let number = 0; number < count; number += 1) edges.set(`n${number}.out -> n${number + 1}.in`, number);
  }, LOCAL);
  return doc;
}

function entries(doc: Y.Doc) {
  const asked: string[] = [];
  const read = (id: string) => {
    asked.push(id);
    return readEdge(id);
  };
  return { asked, order: (id: string) => maps(doc).edges.get(id), read };
}

it.each([1, 3, 60])("is the list that is read whole, after %i entries of each kind were changed", (some) => {
  const doc = drawn(300);
  const { edges } = maps(doc);
  const known = readEdges(doc);
  const changed = new Set<string>();
  const change = (id: string, order?: number): void => {
    changed.add(id);
    if (order === undefined) edges.delete(id);
    else edges.set(id, order);
  };
  doc.transact(() => {
    for (let at = 0; at < some; at += 1) {
      change(known[4 * at]?.id ?? "");
      change(known[4 * at + 1]?.id ?? "", 299 - at);
      // Two pages gave the same number: then the text decides.
      change(`new${at}.out -> n1.in`, 150);
      change(`last${at}.out -> n1.in`, 1000 + at);
    }
  }, LOCAL);
  const { asked, ...found } = entries(doc);
  const list = readAgain(known, changed, found);
  expect(list).toEqual(readEdges(doc));
  expect(asked.length).toBe(3 * some);
  const still = known.filter(({ id }) => !changed.has(id));
  expect(list.filter((edge) => still.includes(edge))).toEqual(still);
});

it("leaves out what says no edge, as reading all does", () => {
  const doc = drawn(2);
  maps(doc).edges.set("nowhere", 5);
  expect(readAgain([], maps(doc).edges.keys(), entries(doc))).toEqual(readEdges(doc));
});
