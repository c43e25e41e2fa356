/** What a run has made of a node, by its steps. */
import { cutOf } from "../../model/cut";
import type { Json, NodeStatus } from "../../model/types";
import { isMoving, type StepView } from "./steps";

/** What is known of a node in the run: more than its card shows. */
export interface NodeState extends NodeStatus {
  active: number;
  totalDuration: number;
  /** Since when the running step runs, in seconds since the epoch. */
  since: number | null;
  done: number | null;
  total: number | null;
  lastStep: string;
  /** How many firings failed. */
  failures: number;
  /** Of a frame: how its iterations go. */
  iterations?: Iterations;
}

/** The iterations of the last firing of a frame; `total` where the frame knew it at its start. */
export interface Iterations {
  begun: number;
  done: number;
  failed: number;
  total: number | null;
}

function lengthOf(value: Json): number | null {
  return Array.isArray(value) ? value.length : (cutOf(value)?.length ?? null);
}

/** How many items a step went through: as it said, of the list that it took, or by what came of it. */
function totalOf({ status, total, listed, outputs }: StepView): number | null {
  if (total !== null) return total;
  if (listed !== undefined) return lengthOf(listed);
  if (status !== "succeeded") return null;
  const { errors = [], ...gave } = outputs;
  const results = lengthOf(Object.values(gave)[0] ?? null);
  return results === null ? null : results + (lengthOf(errors) ?? 0);
}

/** Items that were quick have no event of their own: what is known is how many there are, and which failed. */
export function itemsOf(step: StepView, failed: number): NodeStatus["items"] {
  const total = totalOf(step);
  return total === null ? undefined : { done: isMoving(step.status) ? step.done : total, total, failed };
}

/** A node's state after one of its steps changed from `before` to `step`. */
export function nodeState(
  node: NodeState | undefined,
  before: StepView | undefined,
  step: StepView,
): NodeState {
  const moving = isMoving(step.status);
  // Of many iterations the one that failed is what people look for.
  const inFrame = step.path.includes("/");
  const active = (node?.active ?? 0) - (before && isMoving(before.status) ? 1 : 0) + (moving ? 1 : 0);
  const counted = before && before.status !== "skipped" ? 1 : 0;
  const counts = step.status === "skipped" ? 0 : 1;
  const failed = (one: StepView | undefined): number => (one?.status === "failed" ? 1 : 0);
  const failures = (node?.failures ?? 0) + failed(step) - failed(before);
  const error = step.error?.message ?? (step.status === "failed" ? "failed" : undefined);
  return {
    // While another firing goes on, the end of this one doesn't hide it.
    status: active > 0 && !moving ? "running" : inFrame && !moving && failures ? "failed" : step.status,
    count: (node?.count ?? 0) + counts - counted,
    duration: step.duration ?? node?.duration,
    error,
    active,
    totalDuration: (node?.totalDuration ?? 0) + (step.duration ?? 0) - (before?.duration ?? 0),
    since: moving ? step.started : active > 0 ? (node?.since ?? null) : null,
    done: step.done,
    total: step.total,
    lastStep: step.path,
    stoodIn: step.stoodIn,
    until: step.until,
    waitsFor: step.waitsFor,
    failures,
    ...(node?.iterations && node.lastStep === step.path ? { iterations: node.iterations } : {}),
  };
}
