/** How a test stands, in a word. */
import type { RunStatus } from "../model/types";
import { shortDuration } from "../runs/format";
import type { CaseResult, Outcome } from "../store/cases";

export type CaseState = "running" | "passed" | "differs" | "refused" | "unknown";

export const CASE_WORDS: Record<CaseState, string> = {
  running: "running",
  passed: "passed",
  differs: "differs",
  refused: "refused",
  unknown: "not run",
};

/** The status whose colours a test's state has. */
export const CASE_TONES: Record<CaseState, RunStatus | "skipped"> = {
  running: "running",
  passed: "succeeded",
  differs: "failed",
  refused: "waiting",
  unknown: "skipped",
};

export function stateOf(outcome: Outcome | null, running: boolean): CaseState {
  if (running) return "running";
  if (!outcome) return "unknown";
  return resultState(outcome.result);
}

function resultState({ passed, refused }: CaseResult): CaseState {
  if (refused !== null) return "refused";
  return passed ? "passed" : "differs";
}

/** How long a test took; the server tells whole milliseconds. */
export function timeOf(seconds: number): string {
  return seconds < 0.001 ? "<1 ms" : shortDuration(seconds);
}

/** How many tests stand how; those that did not run come last. */
export function counted(outcomes: readonly (Outcome | null)[]): [CaseState, number][] {
  const counts = new Map<CaseState, number>();
  for (const outcome of outcomes) {
    const state = stateOf(outcome, false);
    counts.set(state, (counts.get(state) ?? 0) + 1);
  }
  return (["passed", "differs", "refused", "unknown"] as const).flatMap((state): [CaseState, number][] => {
    const count = counts.get(state);
    return count ? [[state, count]] : [];
  });
}
