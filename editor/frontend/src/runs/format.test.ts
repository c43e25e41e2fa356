import { describe, expect, it } from "vitest";

import type { Run } from "../model/types";
import { momentsOf, runDuration } from "./format";

function run(started: string, finished: string): Run {
  return { id: "1", blueprint: "1", version: null, status: "succeeded", trigger: "manual", created: started, started, finished };
}

describe("how long a run took", () => {
  it("counts microseconds", () => {
    expect(runDuration(run("2026-01-01T10:00:00.000100+00:00", "2026-01-01T10:00:00.000300+00:00"))).toBe("0.2 ms");
  });

  it("reads moments of a whole second, too", () => {
    expect(runDuration(run("2026-01-01T10:00:00+00:00", "2026-01-01T10:00:02.500000+00:00"))).toBe("2.5 s");
  });
});

describe("when runs were made", () => {
  const at = (id: string, created: Date): Run => ({ ...run(created.toISOString(), ""), id });
  const moment = (hour: number, minute: number, second: number, thousandth = 0, day = 30): Date => new Date(2026, 10, day, hour, minute, second, thousandth);

  it("is told by the second, with the date of another day, and by the millisecond within one second", () => {
    const runs = [
      at("a", moment(9, 5, 7)),
      at("b", moment(9, 5, 8)),
      at("c", moment(9, 4, 0, 120)),
      at("d", moment(9, 4, 0, 450)),
      at("e", moment(9, 5, 7, 0, 29)),
    ];
    const told = momentsOf(runs, moment(12, 0, 0).getTime());
    expect([..."abcd"].map((id) => told.get(id))).toEqual(["09:05:07", "09:05:08", "09:04:00.120", "09:04:00.450"]);
    expect(told.get("e")).toMatch(/29.* 09:05:07$/);
  });
});
