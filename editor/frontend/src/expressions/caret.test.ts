import { describe, expect, it } from "vitest";

import { chainBefore, contextAt, expressionAt } from "./caret";

/** The caret stands at `|`. */
function at(marked: string, bare = false) {
  const caret = marked.indexOf("|");
  return contextAt(marked.replace("|", ""), caret, bare);
}

describe("the expression at the caret", () => {
  it("is none outside of braces, and the whole text without them where it is one", () => {
    expect(at("Hello na|")).toBeNull();
    expect(at("{{ a }} in|")).toBeNull();
    expect(at("item.na|", true)).toMatchObject({ owner: "item", word: "na", form: "member" });
    expect(at("{{ item.na| }}", true)).toMatchObject({ owner: "item", word: "na" });
  });

  it("ends where the server lets it end", () => {
    expect(expressionAt("{{ {'a': {}} }} x", 5, false)).toEqual({ start: 2, end: 13 });
    expect(expressionAt("{{ '}}' }} x", 7, false)).toEqual({ start: 2, end: 8 });
  });
});

describe("what is being written", () => {
  it("is a name, with what stands after the caret", () => {
    expect(at("{{ in|put }}")).toEqual({ owner: "", word: "in", from: 3, to: 8, form: "name" });
    expect(at("{{ | }}")).toEqual({ owner: "", word: "", from: 3, to: 3, form: "name" });
    expect(at("{{ 1 + to| }}")).toMatchObject({ owner: "", word: "to" });
    expect(at("{{ 12| }}")).toBeNull();
  });

  it("is a member of what stands before the dot", () => {
    expect(at("{{ input.to| }}")).toEqual({ owner: "input", word: "to", from: 8, to: 11, form: "member" });
    expect(at("{{ nodes['a.b'].items[0].| }}")).toMatchObject({ owner: "nodes['a.b'].items[0]", word: "" });
    expect(at("{{ len(input.items().| ) }}")).toMatchObject({ owner: "input.items()" });
    expect(at("{{ 1 + (a + b).| }}")).toMatchObject({ owner: "(a + b)" });
    expect(at("{{ 'x'.up| }}")).toMatchObject({ owner: "'x'", word: "up" });
    expect(at("{{ 1.| }}")).toBeNull();
  });

  it("is a key within brackets, quoted or not yet", () => {
    expect(at('{{ nodes["fe|"].x }}')).toEqual({ owner: "nodes", word: "fe", from: 8, to: 14, form: "key" });
    expect(at("{{ input[| }}")).toEqual({ owner: "input", word: "", from: 8, to: 9, form: "key" });
    expect(at("{{ input['the pl| }}")).toMatchObject({ owner: "input", word: "the pl", from: 8, to: 16 });
    expect(at("{{ 'in| }}")).toBeNull();
    expect(at("{{ [in| ] }}")).toMatchObject({ owner: "", word: "in", form: "name" });
  });
});

describe("the chain before a place", () => {
  it("takes names, keys and calls together, and nothing before them", () => {
    const chain = (text: string): string => chainBefore(text, text.length);
    expect(chain("1 + a.b['c )'](x, y).d")).toBe("a.b['c )'](x, y).d");
    expect(chain("x and nodes.get('a')")).toBe("nodes.get('a')");
    expect(chain("x +")).toBe("");
    expect(chain("a)")).toBe("");
  });
});
