import { expect, it } from "vitest";

import { timeIn, zones } from "./zones";

const SUMMER = Date.UTC(2027, 6, 1, 10, 5);

it("tells the time in a zone with its distance from UTC, on both sides of a clock change", () => {
  expect(timeIn("Europe/Berlin", SUMMER)).toBe("12:05 (UTC+02:00)");
  expect(timeIn("Europe/Berlin", Date.UTC(2027, 0, 1, 10, 5))).toBe("11:05 (UTC+01:00)");
  expect(timeIn("UTC", SUMMER)).toBe("10:05 (UTC)");
});

it("tells nothing of a zone that there is not", () => {
  expect(timeIn("Europe/Atlantis", SUMMER)).toBe(null);
  expect(timeIn("", SUMMER)).toBe(null);
});

it("names UTC and each other zone once", () => {
  expect(zones()).toContain("UTC");
  expect(new Set(zones()).size).toBe(zones().length);
});
