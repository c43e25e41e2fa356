import { expect, it } from "vitest";

import { hostOf, withoutSecrets } from "./secrets";
import type { Document, NodeSpec, Schema } from "./types";

const parameters: Schema = {
  type: "object",
  properties: {
    url: { type: "string" },
    who: { $ref: "#/$defs/Who" },
    keys: { type: "array", items: { $ref: "#/$defs/Who" } },
    maybe: { anyOf: [{ type: "string", format: "password" }, { type: "null" }] },
  },
  $defs: { Who: { type: "object", properties: { name: { type: "string" }, password: { type: "string", widget: "secret" } } } },
} as Schema;
const types = new Map([["ask", { kind: "ask", parameters } as NodeSpec]]);

it("leaves fields of secrets empty, wherever they are, and keeps what is computed", () => {
  const document: Document = {
    format: "conductor/1",
    name: "D",
    nodes: {
      a: {
        kind: "ask",
        parameters: { url: "x1", who: { name: "ada", password: "x2" }, keys: [{ password: "x3" }, { password: "{{ input.key }}" }], maybe: "x4" },
      },
      b: { kind: "no.such", parameters: { password: "kept" } },
    },
  };
  const { nodes } = withoutSecrets(document, types);
  expect(nodes?.["a"]?.parameters).toEqual({
    url: "x1",
    who: { name: "ada", password: "" },
    keys: [{ password: "" }, { password: "{{ input.key }}" }],
    maybe: "",
  });
  expect(nodes?.["b"]).toEqual(document.nodes?.["b"]);
  expect(document.nodes?.["a"]?.parameters?.["maybe"]).toBe("x4");
});

it("knows the host of an address where it is written, and nowhere else", () => {
  expect(hostOf("https://api.example.com/a?b#c")).toBe("api.example.com");
  expect(hostOf("http://localhost:8080")).toBe("localhost:8080");
  expect(hostOf("http://[::1]:8080/a")).toBe("[::1]:8080");
  expect(hostOf("https://api.example.com/{{ input.id }}")).toBe("api.example.com");
  for (const unknown of ["https://{{ vars.host }}/", "https://a{{ x }}.com/", "ftp://a/", "https://ada:pw@host/", "", 3, undefined]) {
    expect(hostOf(unknown)).toBe("");
  }
});
