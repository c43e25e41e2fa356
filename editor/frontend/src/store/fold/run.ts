/** Folds the events of a run one by one into what it shows. */
import { edgeKey, nodeOfStep, type References, type RunEvent, type StepFact, type Values } from "../../api/events";
import type { Json, Run, RunError, RunStatus } from "../../model/types";
import { itemsOf, type Iterations, type NodeState, nodeState } from "./nodes";
import { frameStepOf, isItem, iterationOf } from "./paths";
import { changed, isMoving, lineOf, type LogLine, newStep, type StepView } from "./steps";

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
  /** How many items failed of each step that runs for each. */
  private failedItems = new Map<string, number>();
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
    fold.failedItems = new Map(this.failedItems);
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

  /** End it as its row says, where its events do not tell. */
  endAs({ status, started, finished, inputs, outputs = null, error = null, last_seq: seq }: Run): void {
    if (this.summary.ended !== null || finished === null) return;
    const begun = started === null ? {} : { started: Date.parse(started) / 1000 };
    this.end(Date.parse(finished) / 1000, { status, ...begun, ...(inputs ? { inputs } : {}), outputs, error });
    this.lastSeq = seq ?? this.lastSeq;
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
    return newStep(path, node, event.time);
  }

  private put(step: StepView): void {
    const before = this.steps.get(step.path);
    this.steps.set(step.path, step);
    // A node that runs for each item of a list shows how its step as a whole goes.
    if (isItem(step.path)) return this.countItem(before, step);
    const items = itemsOf(step, this.failedItems.get(step.path) ?? 0);
    const state = { ...nodeState(this.nodes.get(step.node), before, step), items };
    this.nodes.set(step.node, this.iterations.has(step.path) ? { ...state, iterations: this.countOf(step.path) } : state);
    this.dirtyNodes.add(step.node);
    this.countIteration(before, step);
  }

  private countItem(before: StepView | undefined, item: StepView): void {
    const failed = Number(item.status === "failed") - Number(before?.status === "failed");
    if (!failed) return;
    const path = frameStepOf(item.path);
    const all = (this.failedItems.get(path) ?? 0) + failed;
    this.failedItems.set(path, all);
    const [state, step] = [this.nodes.get(item.node), this.steps.get(path)];
    if (!state || !step || state.lastStep !== path) return;
    this.nodes.set(item.node, { ...state, items: itemsOf(step, all) });
    this.dirtyNodes.add(item.node);
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
