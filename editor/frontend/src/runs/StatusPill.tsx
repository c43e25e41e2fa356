/** Where a run or a step stands, as a word in its colour. */
import type { RunStatus, StepStatus } from "../model/types";

export function StatusPill({ status }: { status: RunStatus | StepStatus }) {
  return (
    <span className="status-pill" data-status={status}>
      <span className="status-dot" aria-hidden />
      {status}
    </span>
  );
}
