/** The facts of a run as the journal, the API and the socket tell them. */

import type { WaitsFor } from "../model/sentences";
import type { Json, RunError, RunStatus } from "../model/types";

/** Where a value came from: the step that emitted it and the output port. */
export type Reference = readonly [step: string, port: string];
export type References = Readonly<Record<string, readonly Reference[]>>;
export type Values = Readonly<Record<string, Json>>;

interface Fact<Type extends string, Data> {
  readonly seq: number;
  /** Seconds since the epoch. */
  readonly time: number;
  readonly type: Type;
  readonly step: string | null;
  readonly data: Data;
}

interface StepData {
  readonly inputs?: References;
  readonly started?: number;
  readonly duration?: number;
  readonly attempt?: number;
}

/** What a frame's step says of its inside as it begins. */
export interface FrameStart {
  readonly mode?: string;
  /** Of For each: the list. */
  readonly items?: Json;
  /** Of all others: what came in. */
  readonly value?: Json;
}

export type RunFact =
  | Fact<"run.queued", { inputs?: Json; trigger?: string | null; by?: string | null }>
  | Fact<"run.started", object>
  | Fact<"run.waiting", { until?: number | null }>
  | Fact<"run.paused", { reason?: string; step?: string; by?: string }>
  | Fact<"run.continued", { step?: "one" | "over"; path?: string; by?: string }>
  | Fact<"breakpoint.hit", { breakpoint?: Json; step?: string }>
  | Fact<"breakpoints.set", { breakpoints?: Json }>
  | Fact<"token.edited", { token?: string; value?: Json; node?: string; port?: string; step?: string | null }>
  | Fact<"run.resumed", { epoch?: number; repeats?: readonly string[] }>
  | Fact<"run.succeeded", { outputs?: Values }>
  | Fact<"run.failed", { error?: RunError }>
  | Fact<"run.cancelled", { reason?: string }>;

export type StepFact =
  | Fact<"step.started", StepData & { key?: string; frame?: FrameStart }>
  | Fact<"step.listed", { items?: Json }>
  | Fact<"step.progressed", { done?: number; total?: number | null; partial?: Json }>
  | Fact<"step.logged", { level?: string; message?: string }>
  | Fact<"step.emitted", { outputs?: Values }>
  | Fact<"step.retrying", { attempt?: number; delay?: number; error?: RunError }>
  | Fact<"step.cancelling", { reason?: string; error?: RunError }>
  | Fact<"step.edited", { inputs?: Values }>
  | Fact<"step.waiting", { until?: number | null; for?: WaitsFor | null; rate?: string }>
  | Fact<"step.resumed", { by?: string }>
  | Fact<"step.succeeded", StepData & { outputs?: Values }>
  | Fact<
      "step.failed",
      StepData & { error?: RunError; handled?: "fail" | "route" | "continue"; outputs?: Values }
    >
  | Fact<"step.skipped", { reason?: string }>
  | Fact<"step.cancelled", { reason?: string }>;

export type RunEvent = RunFact | StepFact;

export function isOver(status: RunStatus): boolean {
  return status === "succeeded" || status === "failed" || status === "cancelled";
}

/** The node that a step fired: `orders[3]/charge#2` is a firing of `charge`. */
export function nodeOfStep(path: string): string {
  const last = path.slice(path.lastIndexOf("/") + 1);
  const end = last.search(/[#[]/);
  return end < 0 ? last : last.slice(0, end);
}

export function edgeKey(from: string, output: string, to: string, input: string): string {
  return `${from}.${output} -> ${to}.${input}`;
}
