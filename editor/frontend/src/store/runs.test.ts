import { expect, test } from "vitest";

import type { Run } from "../model/types";
import { merged } from "./runs";

function run(id: string, status: Run["status"], created = id): Run {
  return { id, status, created } as Run;
}

test("the newest run comes first, and news replaces what was known", () => {
  const list = merged([run("1", "running")], [run("2", "queued"), run("1", "succeeded")]);
  expect(list.map((one) => [one.id, one.status])).toEqual([
    ["2", "queued"],
    ["1", "succeeded"],
  ]);
  expect(merged([run("1", "running")], [run("1", "waiting")])[0]?.status).toBe("waiting");
  expect(merged([run("1", "waiting")], [run("1", "running")])[0]?.status).toBe("running");
});

test("an answer that is older than the news takes no run back", () => {
  for (const status of ["running", "waiting", "succeeded", "failed", "cancelled"] as const) {
    expect(merged([run("1", status)], [run("1", "queued")])[0]?.status).toBe(status);
  }
  expect(merged([run("1", "failed")], [run("1", "running")])[0]?.status).toBe("failed");
});
