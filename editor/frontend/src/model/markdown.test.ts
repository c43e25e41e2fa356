import { describe, expect, test } from "vitest";

import { blocksOf, inlineOf } from "./markdown";

const text = (text: string) => ({ kind: "text", text });

describe("the Markdown of notes", () => {
  test("has headings, paragraphs that keep their lines, lists, quotes, code and rules", () => {
    const written = "# Why\n\nTwo\nlines\n- a\n* b\n\n3. c\n4. d\n\n> said\n> so\n\n---\n```\n# no *heading*\n```";
    expect(blocksOf(written)).toEqual([
      { kind: "heading", level: 1, inner: [text("Why")] },
      { kind: "paragraph", inner: [text("Two\nlines")] },
      { kind: "list", ordered: false, start: 1, items: [[text("a")], [text("b")]] },
      { kind: "list", ordered: true, start: 3, items: [[text("c")], [text("d")]] },
      { kind: "quote", inner: [text("said\nso")] },
      { kind: "rule" },
      { kind: "code", text: "# no *heading*" },
    ]);
  });

  test("has emphasis within emphasis, code, and links", () => {
    expect(inlineOf("a **b _c_** `*d*` [e](https://f.example/g) https://h.example.")).toEqual([
      text("a "),
      { kind: "strong", inner: [text("b "), { kind: "em", inner: [text("c")] }] },
      text(" "),
      { kind: "code", text: "*d*" },
      text(" "),
      { kind: "link", href: "https://f.example/g", inner: [text("e")] },
      text(" "),
      { kind: "link", href: "https://h.example", inner: [text("https://h.example")] },
      text("."),
    ]);
  });

  test.each(["2 * 3 * 4", "snake_case_name", "a**", "[x](javascript:alert(1))", "[x](data:text/html,y)", "<b>x</b>"])(
    "leaves %s as it is",
    (written) => expect(inlineOf(written)).toEqual([text(written)]),
  );

  test("comes to an end with every text", () => {
    expect(blocksOf("```\nnever closed")).toEqual([{ kind: "code", text: "never closed" }]);
    expect(blocksOf("#no heading\n-no item\n")).toEqual([{ kind: "paragraph", inner: [text("#no heading\n-no item")] }]);
    expect(blocksOf("\n \n")).toEqual([]);
  });
});
