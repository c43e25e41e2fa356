import { describe, expect, it } from "vitest";

import type { CaretContext } from "./caret";
import { access, type Language, type Member, optionsFor, pathOf, withPath } from "./options";

const LANGUAGE: Language = {
  functions: [{ name: "len", usage: "len(value)", gives: "how many" }],
  methods: { object: [{ name: "keys", usage: "object.keys()", gives: "the keys" }], text: [] },
};
const member = (key: string | number, type = "number"): Member => ({ key, type, sample: "1", expected: false });

function context(part: Partial<CaretContext>): CaretContext {
  return { owner: "input", word: "", from: 0, to: 0, form: "member", ...part };
}

const inserts = (part: Partial<CaretContext>, members: Member[], type: string | null = "object"): string[] =>
  optionsFor(context(part), members, LANGUAGE, type).map((option) => option.insert);

describe("options", () => {
  it("write keys that are no names in brackets", () => {
    expect(inserts({}, [member("total"), member("the place"), member("class"), member("größe"), member(0)])).toEqual([
      ".total", '["the place"]', '["class"]', '["größe"]', "[0]", ".keys()",
    ]);
    expect(inserts({ form: "key" }, [member("total")])).toEqual(['["total"]']);
  });

  it("call nodes by their names in one form only", () => {
    expect(inserts({ owner: "nodes" }, [member("fetch")])).toEqual(['["fetch"]', ".keys()"]);
    expect(pathOf(["nodes", "a-b", "x", 0, "y z"])).toBe('nodes["a-b"].x[0]["y z"]');
    expect(pathOf(["input"])).toBe("input");
  });

  it("are names and functions, where nothing stands before", () => {
    const found = optionsFor(context({ form: "name", owner: "" }), [member("input")], LANGUAGE, null);
    expect(found.map((option) => [option.label, option.insert, option.back])).toEqual([
      ["input", "input", 0],
      ["len(value)", "len()", 1],
    ]);
  });

  it("put what begins so first, and leave out what does not have it", () => {
    const members = ["subtotal", "other", "net_total", "total"].map((key) => member(key));
    expect(inserts({ word: "tot" }, members)).toEqual([".total", ".net_total", ".subtotal"]);
  });

  it("have no methods for a type that has none, or that is not known", () => {
    expect(inserts({}, [], "number")).toEqual([]);
    expect(inserts({}, [], null)).toEqual([]);
  });
});

describe("a path that is put in", () => {
  it("gets braces of its own outside of an expression", () => {
    expect(withPath("Hi !", 3, "input.name", false)).toEqual({ text: "Hi {{ input.name }}!", caret: 19 });
    expect(withPath("{{ 1 +  }}", 7, "input.n", true)).toEqual({ text: "{{ 1 + input.n }}", caret: 14 });
  });

  it("reads keys as the options do", () => {
    expect(access("a")).toBe(".a");
    expect(access("a b")).toBe('["a b"]');
  });
});
