import { expect, it } from "vitest";

import { renamed, renamedParameters } from "./mentions";
import type { NodeSpec } from "./types";

const NAMES = new Map([
  ["fetch", "fetch_2"],
  ["a-b", "a-b_2"],
]);

it("names other nodes in each form, within braces only", () => {
  expect(renamed(`nodes.fetch {{ nodes["fetch"].v + nodes['fetch'] + nodes.fetch.v + nodes.get("fetch", 0) + nodes["a-b"] }} nodes.fetch`, NAMES)).toBe(
    `nodes.fetch {{ nodes["fetch_2"].v + nodes['fetch_2'] + nodes.fetch_2.v + nodes.get("fetch_2", 0) + nodes["a-b_2"] }} nodes.fetch`,
  );
  expect(renamed(["{{ nodes.fetch }}", { key: "{{ nodes.fetch }}" }, 3, null], NAMES)).toEqual(["{{ nodes.fetch_2 }}", { key: "{{ nodes.fetch_2 }}" }, 3, null]);
});

it("leaves texts, other nodes and what is only spelt alike", () => {
  for (const text of [
    `{{ "nodes.fetch }} " + 'nodes["fetch"]' }}`,
    `{{ nodes["other"] + nodes.fetching + input.nodes.fetch + mynodes.fetch + nodes.fetch() }}`,
    `{{ nodes["fetch" }`,
  ]) {
    expect(renamed(text, new Map([["fetch", "x"]])).replace('nodes["x"', 'nodes["fetch"')).toBe(text);
  }
});

it("reads what is evaluated for each item without braces", () => {
  const spec = { parameters: { properties: { by: { evaluate: "item" }, text: {} } } } as unknown as NodeSpec;
  expect(renamedParameters({ by: "nodes.fetch.rate", text: "nodes.fetch" }, spec, NAMES)).toEqual({ by: "nodes.fetch_2.rate", text: "nodes.fetch" });
});
