import { describe, expect, it } from "vitest";

import { port, spec } from "./building";
import type { Drawing } from "./checks";
import { convertersFor, offersFor } from "./converters";
import { joinsOf } from "./joins";
import type { PortType } from "./types";

const parse = spec({
  kind: "json.parse",
  converts: [{ source: "text", targets: ["object", "list"], title: "Parse JSON", parameters: {} }],
});
const first = spec({
  kind: "data.value",
  converts: [{ source: "list", targets: ["text"], title: "First item", parameters: { value: "{{ input[0] }}" } }],
});
const types = [spec({ kind: "other" }), parse, first];

function drawing(source: PortType, target: PortType, holder = ""): Drawing {
  return {
    ports: (id) => ({ inputs: id === "b" ? [port("in", target)] : [], outputs: id === "a" ? [port("out", source)] : [] }),
    hasEdge: () => false,
    members: () => new Map([["a", { holder, frame: false }], ["b", { holder: "", frame: false }], ["f", { holder: "", frame: true }]]) as never,
  };
}

const ends = { source: "a", sourcePort: "out", target: "b", targetPort: "in" };
const box = (id: string, x: number) => ({ id, x, y: 0, width: 10, height: 10 });

describe("a converter", () => {
  it("is offered where its declaration says so, with what has to be set", () => {
    expect(convertersFor(types, port("out", "text"), port("in", "object")).map((it) => it.title)).toEqual(["Parse JSON"]);
    expect(convertersFor(types, port("out", "list"), port("in", "text"))).toMatchObject([
      { title: "First item", parameters: { value: "{{ input[0] }}" } },
    ]);
  });

  it("is not offered where the types fit, or nothing converts", () => {
    expect(convertersFor(types, port("out", "any"), port("in", "object"))).toEqual([]);
    expect(convertersFor(types, port("out", "object"), port("in", "number"))).toEqual([]);
  });

  it("is not offered where an edge could not be for another reason", () => {
    expect(offersFor(drawing("text", "object"), types, ends)).toHaveLength(1);
    expect(offersFor(drawing("text", "object", "f"), types, ends)).toEqual([]);
    expect(offersFor(drawing("text", "object"), types, { ...ends, targetPort: "gone" })).toEqual([]);
    expect(offersFor(drawing("text", "object"), types, { ...ends, target: "a" })).toEqual([]);
  });

  it("stands among what can be joined by keys, after what fits", () => {
    const own = { side: "output" as const, port: port("out", "text") };
    const found = joinsOf(drawing("text", "object"), "a", own, [box("a", 0), box("b", 50)], types);
    expect(found.map((it) => it.by?.title)).toEqual(["Parse JSON"]);
    expect(joinsOf(drawing("text", "object"), "a", own, [box("a", 0), box("b", 50)])).toEqual([]);
  });
});
