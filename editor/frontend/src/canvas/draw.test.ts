import { expect, it } from "vitest";

import { firstLine, shortened } from "./draw";

it("shortens a name to its room, and no further", () => {
  const widthOf = (text: string): number => text.length * 6;
  expect(shortened("Set fields", 60, widthOf)).toBe("Set fields");
  expect(shortened("Set fields", 54, widthOf)).toBe("Set fiel…");
  expect(shortened("Set fields", 30, widthOf)).toBe("Set…");
});

it("calls a note by its first line, without the signs of Markdown", () => {
  expect(firstLine("\n## **Prices** of `today`\nmore")).toBe("Prices of today");
  expect(["- one\n- two", "> said", "1. first", ""].map(firstLine)).toEqual(["one", "said", "first", ""]);
});
