/** The steps of a run: what each event makes of one. */
import type { FrameStart, References, StepFact, Values } from "../../api/events";
import { waitedFor, type WaitsFor } from "../../model/sentences";
import type { Json, RunError, StepStatus } from "../../model/types";
import { NO_STRETCHES, type Stretch, stretchesAfter } from "../stretches";

export interface LogLine {
  readonly seq: number;
  readonly time: number;
  readonly step: string;
  readonly level: string;
  readonly message: string;
}

/** What gives a step's outputs in place of its node. */
export type StoodIn = "taken over" | "pinned" | "mocked" | "bypassed";

/** One firing of one node. Never changed: an event makes a new one. */
export interface StepView {
  readonly path: string;
  readonly node: string;
  readonly status: StepStatus;
  /** Seconds since the epoch. */
  readonly started: number;
  readonly ended: number | null;
  readonly duration: number | null;
  readonly attempt: number;
  /** Where it was tried again, or waited: what it did when. */
  readonly stretches: readonly Stretch[];
  readonly inputs: References;
  /** Values that somebody gave it, by port, in place of those that came. */
  readonly edited: Values;
  readonly outputs: Values;
  readonly error: RunError | null;
  readonly handled: "fail" | "route" | "continue" | null;
  readonly reason: string | null;
  /** The run that the step was taken over from. */
  readonly reusedFrom: string | null;
  /** What stood in for the node, which was not run itself. */
  readonly stoodIn: StoodIn | null;
  readonly done: number | null;
  readonly total: number | null;
  readonly partial: Json | undefined;
  /** Of a frame that goes through a list: the list. */
  readonly items: readonly Json[] | null;
  /** Of a step that runs for each item of what an expression gave: that list, or what stands for it. */
  readonly listed: Json | undefined;
  /** Of a frame: what it began with. */
  readonly frame: FrameStart | null;
  /** Of a Try: the errors that ended its body, what catches, or (for want of time) all of it. */
  readonly endedBy: readonly { readonly iteration: string; readonly error: Json }[];
  readonly until: number | null;
  readonly waitsFor: WaitsFor | null;
  readonly log: readonly LogLine[];
}

const MOVING: ReadonlySet<StepStatus> = new Set(["running", "retrying", "waiting"]);
const NO_LOG: readonly LogLine[] = [];

export function isMoving(status: StepStatus): boolean {
  return MOVING.has(status);
}

/** A step of which the first event tells. */
export function newStep(path: string, node: string, started: number): StepView {
  return {
    path,
    node,
    status: "running",
    started,
    ended: null,
    duration: null,
    attempt: 1,
    stretches: NO_STRETCHES,
    inputs: {},
    edited: {},
    outputs: {},
    error: null,
    handled: null,
    reason: null,
    reusedFrom: null,
    stoodIn: null,
    done: null,
    total: null,
    partial: undefined,
    items: null,
    listed: undefined,
    frame: null,
    endedBy: [],
    until: null,
    waitsFor: null,
    log: NO_LOG,
  };
}

/** The step after an event. */
export function changed(before: StepView, event: StepFact): StepView {
  const { time } = event;
  const stretches = stretchesAfter(before, event);
  const step = stretches === before.stretches ? before : { ...before, stretches };
  switch (event.type) {
    case "step.started":
      return {
        ...step,
        status: "running",
        // A step that is repeated after a crash runs anew; a frame that is tried again goes on.
        started: stretches.length ? step.started : time,
        ended: null,
        attempt: event.data.attempt ?? step.attempt,
        inputs: event.data.inputs ?? step.inputs,
        items: Array.isArray(event.data.frame?.items) ? event.data.frame.items : step.items,
        frame: event.data.frame ?? step.frame,
        error: null,
        until: null,
      };
    case "step.listed":
      return { ...step, listed: event.data.items };
    case "step.progressed":
      return {
        ...step,
        done: event.data.done ?? step.done,
        total: event.data.total ?? step.total,
        partial: event.data.partial ?? step.partial,
      };
    case "step.logged":
      return { ...step, log: [...step.log, lineOf(event, step.path)] };
    case "step.emitted":
      return { ...step, outputs: { ...step.outputs, ...event.data.outputs } };
    case "step.retrying":
      return {
        ...step,
        status: "retrying",
        attempt: event.data.attempt ?? step.attempt,
        error: event.data.error ?? step.error,
        until: event.data.delay === undefined ? null : time + event.data.delay,
      };
    case "step.edited":
      return { ...step, edited: { ...step.edited, ...event.data.inputs } };
    case "step.waiting":
      return {
        ...step,
        status: "waiting",
        until: event.data.until ?? null,
        waitsFor: waitedFor(event.data),
      };
    case "step.resumed":
      return { ...step, status: "running", until: null, waitsFor: null };
    case "step.succeeded":
      return { ...ended(step, event.data, time), status: "succeeded", error: null };
    case "step.failed":
      return {
        ...ended(step, event.data, time),
        status: "failed",
        error: event.data.error ?? null,
        handled: event.data.handled ?? null,
      };
    case "step.skipped":
    case "step.cancelled":
      return {
        ...step,
        status: event.type === "step.skipped" ? "skipped" : "cancelled",
        ended: time,
        until: null,
        reason: event.data.reason ?? null,
      };
    default:
      // A newer server may tell of more than this page knows.
      return step;
  }
}

interface EndData {
  readonly inputs?: References;
  readonly started?: number;
  readonly duration?: number;
  readonly attempt?: number;
  readonly outputs?: Values;
  readonly reused?: { readonly run: string };
  readonly pinned?: unknown;
  readonly mocked?: unknown;
  readonly bypassed?: unknown;
}

function stoodIn(data: EndData): StoodIn | null {
  if (data.reused) return "taken over";
  return data.pinned ? "pinned" : data.mocked ? "mocked" : data.bypassed ? "bypassed" : null;
}

function ended(step: StepView, data: EndData, time: number): StepView {
  const duration = data.duration ?? Math.max(0, time - (data.started ?? step.started));
  // Where the end is all there is, the start is what it says or follows from the duration.
  const onlyEnd = step.started === time;
  const started = step.stretches.length ? step.started : (data.started ?? (onlyEnd ? time - duration : step.started));
  return {
    ...step,
    started,
    ended: time,
    duration,
    // An item's end does not tell its attempt.
    attempt: data.attempt ?? step.stretches.at(-1)?.attempt ?? step.attempt,
    inputs: data.inputs ?? step.inputs,
    outputs: data.outputs ? { ...step.outputs, ...data.outputs } : step.outputs,
    until: null,
    reusedFrom: data.reused?.run ?? null,
    stoodIn: stoodIn(data),
  };
}

/** What a step has logged. */
export function lineOf(event: Extract<StepFact, { type: "step.logged" }>, step: string): LogLine {
  const { level = "info", message = "" } = event.data;
  return { seq: event.seq, time: event.time, step, level, message };
}
