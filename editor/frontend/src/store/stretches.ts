/** A step's time in stretches: its attempts, the pauses between them, and what it waited for. */
import type { StepFact } from "../api/events";
import type { RunError } from "../model/types";

/** Times in seconds since the epoch; `to` is null where nobody knows yet. */
export interface Stretch {
  readonly kind: "work" | "pause" | "wait";
  readonly from: number;
  readonly to: number | null;
  /** The attempt that it is, or of a pause the one that follows. */
  readonly attempt: number;
  /** What the attempt failed with. */
  readonly error: RunError | null;
}

/** Of a step that went through without a pause, nothing is kept. */
export const NO_STRETCHES: readonly Stretch[] = [];

interface Timed {
  readonly started: number;
  readonly attempt: number;
  readonly stretches: readonly Stretch[];
}

function work(step: Timed, to: number, error: RunError | null = null): Stretch[] {
  const last = step.stretches.at(-1);
  const from = last ? Math.min(last.to ?? to, to) : step.started;
  return [{ kind: "work", from, to, attempt: last?.attempt ?? step.attempt, error }];
}

/** The last stretch, which is a pause or a wait, ends. */
function closed(stretches: readonly Stretch[], to: number): Stretch[] {
  const last = stretches.at(-1);
  return last ? [...stretches.slice(0, -1), { ...last, to }] : [];
}

/** What is known of a step's stretches after one of its events. */
export function stretchesAfter(step: Timed, event: StepFact): readonly Stretch[] {
  const { stretches } = step;
  const { time } = event;
  switch (event.type) {
    case "step.retrying": {
      const { attempt = step.attempt, delay, error = null } = event.data;
      const next = { attempt: attempt + 1, error: null };
      return [
        ...stretches,
        ...work({ ...step, attempt }, time, error),
        { kind: "pause", from: time, to: delay === undefined ? null : time + delay, ...next },
      ];
    }
    case "step.waiting": {
      const last = stretches.at(-1);
      // A long pause is parked: it goes on, as what it was.
      if (event.data.for?.kind === "retry" && last?.kind === "pause") return closed(stretches, event.data.until ?? time);
      const { attempt } = last ?? step;
      return [...stretches, ...work(step, time), { kind: "wait", from: time, to: null, attempt, error: null }];
    }
    case "step.started":
    case "step.resumed":
      return stretches.at(-1)?.kind === "work" ? stretches : closed(stretches, time);
    case "step.succeeded":
    case "step.failed":
    case "step.cancelled": {
      const last = stretches.at(-1);
      if (!last) return stretches;
      const error = event.type === "step.failed" ? (event.data.error ?? null) : null;
      // It was called off in the middle of a pause, or of a wait.
      if (last.to === null || last.to > time) return closed(stretches, time);
      return [...stretches, ...work(step, time, error)];
    }
    default:
      return stretches;
  }
}

/** The stretches up to a moment, which is the step's end or, while it moves, now. */
export function stretchesAt(stretches: readonly Stretch[], until: number): readonly Stretch[] {
  const last = stretches.at(-1);
  if (!last) return stretches;
  if (last.to === null || last.to > until) return closed(stretches, until);
  if (last.to === until) return stretches;
  return [...stretches, { kind: "work", from: last.to, to: until, attempt: last.attempt, error: null }];
}

/** The attempts of a step, each with its time and what it failed with; none where there was one. */
export function attemptsOf(stretches: readonly Stretch[]): Stretch[] {
  const attempts = new Map<number, Stretch>();
  for (const stretch of stretches) {
    if (stretch.kind === "pause") continue;
    const before = attempts.get(stretch.attempt);
    attempts.set(stretch.attempt, { ...stretch, kind: "work", from: before?.from ?? stretch.from, error: stretch.error ?? before?.error ?? null });
  }
  return [...attempts.values()];
}
