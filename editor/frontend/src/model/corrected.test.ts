import { expect, it } from "vitest";

import { corrected } from "./corrected";

it("replaces whole words at any depth of a value", () => {
  const value = { a: "{{ input.net + input.network }}", b: [{ c: "{{ input.net }}" }, 1, null] };
  expect(corrected(value, "input.net", "input.gross")).toEqual({
    a: "{{ input.gross + input.network }}",
    b: [{ c: "{{ input.gross }}" }, 1, null],
  });
  expect(corrected("{{ my.input.net }}", "input.net", "x")).toBe("{{ my.input.net }}");
});
