/** A run's state as a fold over its events: steps, statuses of nodes, counts of edges. */

import {
  edgeKey,
  nodeOfStep,
  type FrameStart,
  type References,
  type RunEvent,
  type StepFact,
  type Values,
} from "../api/events";
import type { WaitsFor } from "../model/sentences";
import type { Json, NodeStatus, RunError, RunStatus, StepStatus } from "../model/types";
import { NO_STRETCHES, type Stretch, stretchesAfter } from "./stretches";

export interface LogLine {
  readonly seq: number;
  readonly time: number;
  readonly step: string;
  readonly level: string;
  readonly message: string;
}

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
  readonly done: number | null;
  readonly total: number | null;
  readonly partial: Json | undefined;
  /** Of a frame that goes through a list: the list. */
  readonly items: readonly Json[] | null;
  /** Of a frame: what it began with. */
  readonly frame: FrameStart | null;
  /** Of a Try: the errors that ended its body, what catches, or (for want of time) all of it. */
  readonly endedBy: readonly { readonly iteration: string; readonly error: Json }[];
  readonly until: number | null;
  readonly waitsFor: WaitsFor | null;
  readonly log: readonly LogLine[];
}

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

/** One iteration: how many of its steps move, and whether one failed uncaught. */
interface Iteration {
  readonly moving: number;
  readonly failed: boolean;
}

/** The iterations of one firing of a frame, by the path that their steps begin with. */
interface Firing {
  readonly each: Map<string, Iteration>;
  done: number;
  failed: number;
}

export interface RunSummary {
  readonly status: RunStatus;
  /** Whether its debugger holds it, also while no worker has it. */
  readonly paused: boolean;
  readonly queued: number | null;
  readonly started: number | null;
  readonly ended: number | null;
  readonly until: number | null;
  readonly inputs: Json | undefined;
  readonly outputs: Values | null;
  readonly error: RunError | null;
  readonly reason: string | null;
}

export const NEW_RUN: RunSummary = {
  status: "queued",
  paused: false,
  queued: null,
  started: null,
  ended: null,
  until: null,
  inputs: undefined,
  outputs: null,
  error: null,
  reason: null,
};

const MOVING: ReadonlySet<StepStatus> = new Set(["running", "retrying", "waiting"]);
const NO_LOG: readonly LogLine[] = [];

export function isMoving(status: StepStatus): boolean {
  return MOVING.has(status);
}

/** Whether the step is one item of a step that runs for each item of a list: `charge[3]`. */
export function isItem(path: string): boolean {
  return path.endsWith("]");
}

/** The iteration that a step belongs to (`orders[3]` of `orders[3]/charge#2`); "" outside of frames. */
export function iterationOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

/** The firing of the frame that an iteration belongs to: `orders` of `orders[3]`. */
export function frameStepOf(iteration: string): string {
  return iteration.replace(/\[[^\]]*\]$/, "");
}

/** Whether a step was run to undo another: a run can't begin again there. */
export function undoes(path: string): boolean {
  return path.includes("[compensate]/");
}

/** Folds events one by one and remembers which nodes and edges they touched. */
export class RunFold {
  summary: RunSummary = NEW_RUN;
  lastSeq = 0;
  steps = new Map<string, StepView>();
  nodes = new Map<string, NodeState>();
  stepsOfNode = new Map<string, string[]>();
  edges = new Map<string, number>();
  log: LogLine[] = [];
  private iterations = new Map<string, Firing>();
  private dirtyNodes = new Set<string>();
  private dirtyEdges = new Set<string>();

  apply(event: RunEvent): void {
    if (event.seq <= this.lastSeq) return;
    this.lastSeq = event.seq;
    if (event.step === null) this.applyToRun(event);
    else this.applyToStep(event as StepFact, event.step);
  }

  /** The same state once more, which goes on by itself. */
  copy(): RunFold {
    const fold = new RunFold();
    fold.summary = this.summary;
    fold.lastSeq = this.lastSeq;
    fold.steps = new Map(this.steps);
    fold.nodes = new Map(this.nodes);
    fold.stepsOfNode = new Map([...this.stepsOfNode].map(([node, paths]) => [node, [...paths]]));
    fold.edges = new Map(this.edges);
    fold.iterations = new Map([...this.iterations].map(([step, all]) => [step, { ...all, each: new Map(all.each) }]));
    fold.log = [...this.log];
    return fold;
  }

  /** Hand over what changed since the last call. */
  takeChanges(): { nodes: ReadonlySet<string>; edges: ReadonlySet<string> } {
    const changes = { nodes: this.dirtyNodes, edges: this.dirtyEdges };
    this.dirtyNodes = new Set();
    this.dirtyEdges = new Set();
    return changes;
  }

  private applyToRun(event: RunEvent): void {
    const { time } = event;
    const before = this.summary;
    switch (event.type) {
      case "run.queued":
        this.summary = { ...before, queued: time, inputs: event.data.inputs };
        break;
      case "run.started":
        this.summary = { ...before, status: "running", started: before.started ?? time };
        break;
      case "run.resumed":
        this.summary = { ...before, status: before.paused ? "paused" : "running", until: null };
        break;
      case "run.waiting":
        this.summary = { ...before, status: before.paused ? "paused" : "waiting", until: event.data.until ?? null };
        break;
      case "run.paused":
        this.summary = { ...before, status: "paused", paused: true };
        break;
      case "run.continued":
        this.summary = { ...before, status: "running", paused: false };
        break;
      case "run.succeeded":
        this.end(time, { status: "succeeded", outputs: event.data.outputs ?? null });
        break;
      case "run.failed":
        this.end(time, { status: "failed", error: event.data.error ?? null });
        break;
      case "run.cancelled":
        this.end(time, { status: "cancelled", reason: event.data.reason ?? null });
        break;
    }
  }

  private end(time: number, end: Partial<RunSummary>): void {
    this.summary = { ...this.summary, ended: time, until: null, paused: false, ...end };
    // A step that the run's end overtook says so, rather than turning for ever.
    for (const step of this.steps.values()) {
      if (isMoving(step.status)) this.put({ ...step, status: "cancelled", ended: time });
    }
  }

  private applyToStep(event: StepFact, path: string): void {
    const before = this.steps.get(path) ?? this.firstSeen(path, event);
    this.put(changed(before, event));
    if (event.type === "step.failed" && event.data.handled === "fail") this.noteUncaught(path, event.data.error);
    if (event.type === "step.cancelling") this.noteExpired(before, event.data.error);
    if (event.type === "step.logged") this.log.push(lineOf(event, path));
    const inputs = event.type !== "step.edited" && "inputs" in event.data ? event.data.inputs : undefined;
    if (event.type === "step.succeeded") this.countEnds(before.node, path, Object.keys(event.data.outputs ?? {}));
    // Both the start and the end may name the inputs: they are counted once.
    if (inputs && Object.keys(before.inputs).length === 0) this.countEdges(before.node, inputs);
  }

  private firstSeen(path: string, event: StepFact): StepView {
    const node = nodeOfStep(path);
    const paths = this.stepsOfNode.get(node);
    if (paths) paths.push(path);
    else this.stepsOfNode.set(node, [path]);
    return {
      path,
      node,
      status: "running",
      started: event.time,
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
      done: null,
      total: null,
      partial: undefined,
      items: null,
      frame: null,
      endedBy: [],
      until: null,
      waitsFor: null,
      log: NO_LOG,
    };
  }

  private put(step: StepView): void {
    const before = this.steps.get(step.path);
    this.steps.set(step.path, step);
    // A node that runs for each item of a list shows how its step as a whole goes.
    if (isItem(step.path)) return;
    const state = nodeState(this.nodes.get(step.node), before, step);
    this.nodes.set(step.node, this.iterations.has(step.path) ? { ...state, iterations: this.countOf(step.path) } : state);
    this.dirtyNodes.add(step.node);
    this.countIteration(before, step);
  }

  /** Note at the frame how the iteration goes that this step belongs to. */
  private countIteration(before: StepView | undefined, step: StepView): void {
    const path = iterationOf(step.path);
    if (!path) return;
    const frame = frameStepOf(path);
    let all = this.iterations.get(frame);
    if (!all) this.iterations.set(frame, (all = { each: new Map(), done: 0, failed: 0 }));
    const known = all.each.get(path);
    const old = known ?? { moving: 0, failed: false };
    const moving = old.moving - (before && isMoving(before.status) ? 1 : 0) + (isMoving(step.status) ? 1 : 0);
    const failed = old.failed || (step.status === "failed" && step.handled === "fail");
    all.each.set(path, { moving, failed });
    all.done += Number(moving === 0) - Number(known?.moving === 0);
    all.failed += Number(failed) - Number(old.failed);
    const node = nodeOfStep(frame);
    const state = this.nodes.get(node);
    if (!state) return;
    this.nodes.set(node, { ...state, iterations: this.countOf(frame) });
    this.dirtyNodes.add(node);
  }

  private countOf(frame: string): Iterations {
    const { each, done = 0, failed = 0 } = this.iterations.get(frame) ?? {};
    return { begun: each?.size ?? 0, done, failed, total: this.steps.get(frame)?.items?.length ?? null };
  }

  /** The first error that nothing in a part of a Try has caught is what the next part begins with. */
  private noteUncaught(path: string, error: RunError | undefined): void {
    const iteration = iterationOf(path);
    if (!/\[(try|catch)\]$/.test(iteration) || isItem(path)) return;
    const frame = this.steps.get(frameStepOf(iteration).replace(/~\d+$/, ""));
    if (frame) this.noteEnd(frame, iteration, path, error);
  }

  /** A time limit is an error of the frame itself; one that is over while it cleans up comes too late. */
  private noteExpired(frame: StepView, error: RunError | undefined): void {
    const opening = frame.attempt > 1 ? `${frame.path}~${frame.attempt}` : frame.path;
    if (!this.iterations.get(opening)?.each.has(`${opening}[finally]`)) this.noteEnd(frame, opening, frame.path, error);
  }

  private noteEnd(frame: StepView, iteration: string, step: string, error: RunError | undefined): void {
    if (!error || frame.endedBy.some((one) => one.iteration === iteration)) return;
    const ended = { iteration, error: { step, ...error } as Json };
    this.steps.set(frame.path, { ...frame, endedBy: [...frame.endedBy, ended] });
  }

  /** What a step gives to the end of its frame is in no step's inputs. */
  private countEnds(node: string, path: string, ports: readonly string[]): void {
    const iteration = iterationOf(path);
    if (!iteration) return;
    const frame = nodeOfStep(frameStepOf(iteration));
    for (const port of ports) this.countEdge(edgeKey(node, port, frame, ""));
  }

  private countEdge(key: string): void {
    this.edges.set(key, (this.edges.get(key) ?? 0) + 1);
    this.dirtyEdges.add(key);
  }

  private countEdges(node: string, inputs: References): void {
    for (const [port, references] of Object.entries(inputs)) {
      for (const [from, output] of references) {
        this.countEdge(edgeKey(nodeOfStep(from), output, node, port));
      }
    }
  }
}

function changed(before: StepView, event: StepFact): StepView {
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
        waitsFor: event.data.for ?? null,
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
  };
}

function lineOf(event: Extract<StepFact, { type: "step.logged" }>, step: string): LogLine {
  const { level = "info", message = "" } = event.data;
  return { seq: event.seq, time: event.time, step, level, message };
}

/** A node's state after one of its steps changed from `before` to `step`. */
function nodeState(
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
    until: step.until,
    waitsFor: step.waitsFor,
    failures,
    ...(node?.iterations && node.lastStep === step.path ? { iterations: node.iterations } : {}),
  };
}
