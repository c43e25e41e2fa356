import { describe, expect, it } from "vitest";

import { dayAndTime, until } from "./foresee";

describe("times of schedules", () => {
  it("are shown as the clocks of their zone show them", () => {
    expect(dayAndTime("2027-03-28T09:00:00+02:00")).toEqual({ day: "Sun 28 Mar 2027", time: "09:00", offset: "+02:00" });
    expect(dayAndTime("2027-01-01T00:00:20+00:00")).toEqual({ day: "Fri 1 Jan 2027", time: "00:00:20", offset: "Z" });
  });

  it("say how far they are in two units", () => {
    const now = Date.parse("2027-01-01T00:00:00Z");
    expect(until("2027-01-03T05:20:00Z", now)).toBe("in 2 d 5 h");
    expect(until("2027-01-03T00:20:00Z", now)).toBe("in 2 d");
    expect(until("2027-01-01T00:01:30Z", now)).toBe("in 1 min 30 s");
    expect(until("2026-12-31T00:00:00Z", now)).toBe("now");
  });
});
