import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

import { momentWords, partsOf, plainWords, waitedFor, waitSentence, type WaitsFor } from "./sentences";

interface Case {
  data: { until?: number | null; for?: WaitsFor | null; rate?: string };
  said: string;
}

/** The same table that the server's own sentences are held against. */
const WAITS = JSON.parse(readFileSync(new URL("../../../../tests/frontend/waits.json", import.meta.url), "utf8")) as Case[];

it("says what a step waits for word for word as the server does", () => {
  for (const { data, said } of WAITS) expect(waitSentence(data.until, waitedFor(data))).toBe(said);
});

it("takes a sentence apart into text, code and moments", () => {
  expect(partsOf("`a` waits until 2026-11-29T14:05:00Z.")).toEqual([
    { kind: "code", text: "a" },
    { kind: "text", text: " waits until " },
    { kind: "moment", text: "2026-11-29T14:05:00Z" },
    { kind: "text", text: "." },
  ]);
  expect(partsOf("a lone ` is no code")).toEqual([{ kind: "text", text: "a lone ` is no code" }]);
  expect(partsOf("")).toEqual([]);
});

it("names a moment by the time of day today, and with its date otherwise", () => {
  const noon = new Date(2026, 10, 29, 12, 0, 7);
  expect(momentWords(noon.toISOString(), noon.getTime())).toBe("12:00:07");
  const late = new Date(2026, 10, 29, 15, 4, 9);
  expect(momentWords(late.toISOString(), late.getTime())).toBe("15:04:09");
  expect(momentWords(noon.toISOString(), noon.getTime() + 86_400_000)).toContain("2026");
  expect(momentWords("2026-99-99T00:00:00Z")).toBe("2026-99-99T00:00:00Z");
});

it("leaves no sign of code and no raw instant in plain words", () => {
  const said = plainWords("`a` waits until 2020-11-29T14:05:00Z.");
  expect(said).toMatch(/^a waits until .*2020.*\.$/);
  expect(said).not.toMatch(/`|T14/);
});
