/** What somebody who does not see the canvas is told of a run's steps: those that failed, and those that wait. */
import type { StepStatus } from "./types";

interface Told {
  readonly node: string;
  readonly status: StepStatus;
}

/** More are counted, not named. */
const MOST = 3;

function sentence(names: readonly string[], one: string, many: string): string {
  if (!names.length) return "";
  const rest = names.length - MOST;
  const named = names.slice(0, MOST).join(", ");
  return `${named}${rest > 0 ? ` and ${rest} more` : ""} ${names.length === 1 ? one : many}.`;
}

/** Return the sentences about the steps as they stand, each node named once. */
export function newsOf(steps: readonly Told[], nameOf: (node: string) => string): string {
  const named = (status: StepStatus): string[] =>
    [...new Set(steps.flatMap((step) => (step.status === status ? [step.node] : [])))].map(nameOf);
  return [sentence(named("failed"), "has failed", "have failed"), sentence(named("waiting"), "waits", "wait")].filter(Boolean).join(" ");
}
