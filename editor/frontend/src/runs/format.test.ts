import { describe, expect, it } from "vitest";

import type { Run } from "../model/types";
import { runDuration } from "./format";

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
