import { expect, it } from "vitest";

import { faultOf, faultWords } from "./fault";

it("finds no fault in JSON", () => {
  for (const value of [null, true, 0, -1.5e-7, "", 'a "b" \\ \n ü', [], {}, [[1, [2]], { a: [{ b: {} }] }]]) {
    expect(faultOf(JSON.stringify(value))).toBeNull();
    expect(faultOf(` ${JSON.stringify(value, null, 2)}\n`)).toBeNull();
  }
});

it("finds a fault wherever the browser does", () => {
  const text = JSON.stringify({ a: [1, "x", { b: null }], c: -2.5 });
  for (let cut = 0; cut < text.length; cut += 1) {
    for (const sign of ["", ",", "}", "]", ":", "x", '"', "1", "-"]) {
      for (const changed of [text.slice(0, cut) + sign, text.slice(0, cut) + sign + text.slice(cut + 1)]) {
        let wrong = false;
        try {
          JSON.parse(changed);
        } catch {
          wrong = true;
        }
        expect([changed, faultOf(changed) !== null]).toEqual([changed, wrong]);
      }
    }
  }
});

it("says where, and what is missing there", () => {
  expect(faultWords("[1, 2\n  3]")).toBe("Line 2, column 3 needs a comma or ].");
  expect(faultWords('{"a": 1,}')).toBe("Line 1, column 9 needs a key in double quotes.");
  expect(faultWords("{no json")).toBe("Line 1, column 2 needs a key in double quotes, or }.");
  expect(faultWords('{"a" 1}')).toBe("Line 1, column 6 needs a colon.");
  expect(faultWords('{"a": tru}')).toBe("Line 1, column 7 needs a value.");
  expect(faultWords("[1] 2")).toBe("Line 1, column 5 needs the end of the text.");
  expect(faultWords("")).toBe("Line 1, column 1 needs a value.");
  expect(faultWords("[]")).toBe("");
});
