import { expect, it } from "vitest";

import { meaningOf, momentOf, timeIn, zones } from "./zones";

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

it("takes a date or time in a zone as the server does, also where the clocks are changed", () => {
  const iso = (text: string, zone: string): string => new Date(momentOf(text, zone) ?? Number.NaN).toISOString();
  expect(iso("2027-03-28", "Europe/Berlin")).toBe("2027-03-27T23:00:00.000Z");
  expect(iso("2027-03-28T09:00", "Europe/Berlin")).toBe("2027-03-28T07:00:00.000Z");
  expect(iso("2027-03-28T02:30", "Europe/Berlin")).toBe("2027-03-28T01:30:00.000Z"); // left out
  expect(iso("2027-10-31T02:30", "Europe/Berlin")).toBe("2027-10-31T00:30:00.000Z"); // shown twice
  expect(iso("2027-07-01T09:00-05:00", "Europe/Berlin")).toBe("2027-07-01T14:00:00.000Z");
  expect(momentOf("soon", "UTC")).toBe(null);
  expect(momentOf("2027-07-01", "Europe/Atlantis")).toBe(null);
});

it("says what a date in a zone means, and when it has passed", () => {
  expect(meaningOf("2027-07-03T09:00", "Europe/Berlin", SUMMER)).toBe("Sat, 3 July 2027, 09:00 (UTC+02:00): in 2 days");
  expect(meaningOf("2027-07-01T09:05", "UTC", SUMMER)).toBe("Thu, 1 July 2027, 09:05 (UTC): 1 hour ago, so it passes at once");
  expect(meaningOf("", "UTC", SUMMER)).toBe(null);
});
