import { describe, expect, it } from "vitest";

import { durationWords, readDuration } from "./duration";

describe("a duration", () => {
  it("is read from seconds and from units", () => {
    expect(readDuration("90")).toBe(90);
    expect(readDuration("1h 30m")).toBe(5400);
    expect(readDuration("1.5 hours")).toBe(5400);
    expect(readDuration("2 days 1min 0.5s")).toBe(172_860.5);
    expect(readDuration("1W")).toBe(604_800);
    expect(readDuration(" ")).toBeUndefined();
  });

  it("is refused where it is none", () => {
    for (const text of ["soon", "1 year", "h", "1h -5m", "1h 5"]) expect(() => readDuration(text)).toThrow(RangeError);
  });

  it("is told in words where the number is hard to read", () => {
    expect(durationWords(45)).toBe("");
    expect(durationWords(5400)).toBe("1 h 30 min");
    expect(durationWords(604_800)).toBe("7 d");
    expect(durationWords(3600.25)).toBe("1 h 0.25 s");
  });
});
