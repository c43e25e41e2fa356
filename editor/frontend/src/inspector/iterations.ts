/** The iterations of the frames around a node in the shown run, and which of them the panel shows. */
import { nodeOfStep } from "../api/events";
import { frameStepOf, iterationOf, type StepView } from "../store/fold";

export interface IterationChoice {
  /** What its steps begin with: `orders[3]`. */
  readonly path: string;
  readonly label: string;
  readonly failed: boolean;
  /** The node did not fire in it. */
  readonly absent: boolean;
}

/** How many iterations a firing of a frame has; undefined where nobody knows. */
export type TotalOf = (frame: string) => number | undefined;

const NO_TOTAL: TotalOf = () => undefined;

/** One frame's part of the path of an iteration: `orders[3]`, `orders#2~2[3]`, `safe[try]`. */
const PART = /^([^[\]#~]+)(#\d+)?(~\d+)?\[([^\]]*)\]$/;

/** "item 4 of 9", in several frames "item 2 of 3 › safe, try"; the firing of the frame where it is not the first. */
export function labelOf(path: string, totalOf: TotalOf = NO_TOTAL): string {
  const parts = path.split("/");
  const label = (part: string, depth: number): string => {
    const [, name = "", again = "", , place = ""] = PART.exec(part) ?? [];
    if (!name) return part;
    const firing = again && ` (${again})`;
    if (!/^\d+$/.test(place)) return `${name}${firing}, ${place}`;
    const total = totalOf(frameOf(parts.slice(0, depth + 1).join("/")));
    return `item ${Number(place) + 1}${total === undefined ? "" : ` of ${total}`}${firing}`;
  };
  return parts.map(label).join(" › ");
}

/** The firing of the frame that an iteration belongs to, however often it was tried again. */
function frameOf(iteration: string): string {
  return frameStepOf(iteration).replace(/~\d+$/, "");
}

/** The totals that are known, or as many as there must be for the furthest iteration to have begun. */
function atLeast(iterations: Iterable<string>, totalOf: TotalOf): TotalOf {
  const furthest = new Map<string, number>();
  for (const path of iterations) {
    const parts = path.split("/");
    parts.forEach((part, depth) => {
      const place = PART.exec(part)?.[4] ?? "";
      if (!/^\d+$/.test(place)) return;
      const frame = frameOf(parts.slice(0, depth + 1).join("/"));
      furthest.set(frame, Math.max(furthest.get(frame) ?? 0, Number(place) + 1));
    });
  }
  return (frame) => Math.max(furthest.get(frame) ?? 0, totalOf(frame) ?? 0) || undefined;
}

/** The iterations in which a node fired, those in which it failed first. */
export function iterationsOf(steps: readonly StepView[], totalOf: TotalOf = NO_TOTAL): IterationChoice[] {
  const failed = new Map<string, boolean>();
  for (const step of steps) {
    const path = iterationOf(step.path);
    if (path) failed.set(path, (failed.get(path) ?? false) || step.status === "failed");
  }
  const total = atLeast(failed.keys(), totalOf);
  const all = [...failed].map(([path, wrong]) => ({ path, label: labelOf(path, total), failed: wrong, absent: false }));
  return [...all.filter((one) => one.failed), ...all.filter((one) => !one.failed)];
}

/** The iterations of a frame by its firings: all that have a step, those with a failed step first. */
export function iterationsIn(
  steps: readonly StepView[],
  isFiring: (step: string) => boolean,
  totalOf: TotalOf = NO_TOTAL,
): IterationChoice[] {
  return iterationsOf(steps.filter((step) => iterationOf(step.path) && isFiring(frameOf(iterationOf(step.path)))), totalOf);
}

/**
 * The iterations that a node of a frame could have fired in: those in which it failed, then all others in the order of the
 * run. Of a try's parts those count in which it fired, else the first.
 */
export function iterationsAround(
  node: string,
  steps: readonly StepView[],
  isFiring: (step: string) => boolean,
  totalOf: TotalOf = NO_TOTAL,
): IterationChoice[] {
  const fired = iterationsOf(steps.filter((step) => step.node === node));
  const known = new Map(fired.map((one) => [one.path, one]));
  const parts = new Set(fired.map(({ path }) => wholeOf(path)));
  const paths = new Set(known.keys());
  for (const path of new Set(steps.map((step) => iterationOf(step.path)))) {
    if (!path || !isFiring(frameOf(path)) || parts.has(wholeOf(path))) continue;
    parts.add(wholeOf(path));
    paths.add(path);
  }
  const total = atLeast(paths, totalOf);
  const order = new Map(steps.map((step, index) => [iterationOf(step.path), index]).reverse() as [string, number][]);
  const all = [...paths]
    .sort((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0))
    .map((path): IterationChoice => ({ absent: !known.has(path), failed: known.get(path)?.failed ?? false, path, label: labelOf(path, total) }));
  return [...all.filter((one) => one.failed), ...all.filter((one) => !one.failed)];
}

/** An iteration by itself; the parts of a try are one. */
function wholeOf(iteration: string): string {
  return /\[\d+\]$/.test(iteration) ? iteration : frameStepOf(iteration);
}

/** The one to show: what was chosen, at this depth of frames; else the first that failed, else the last that it fired in. */
export function iterationFor(choices: readonly IterationChoice[], chosen: string | null): string {
  const fits = (path: string): boolean => path === chosen || path.startsWith(`${chosen}/`) || chosen?.startsWith(`${path}/`) === true;
  const fired = choices.filter(({ absent }) => !absent);
  const wanted = choices.find(({ path }) => path === chosen) ?? [...fired, ...choices].find(({ path }) => fits(path));
  return (wanted ?? choices.find(({ failed }) => failed) ?? fired.at(-1) ?? choices.at(-1))?.path ?? "";
}

/**
 * An iteration of a frame around that was chosen, where none of the choices lies in it: the node's own frame never ran there.
 * `frames` are those around the node, the outermost first. Null where another choice is meant.
 */
export function missedIn(
  choices: readonly IterationChoice[],
  chosen: string | null,
  frames: readonly string[],
  steps: readonly StepView[],
  totalOf: TotalOf = NO_TOTAL,
): IterationChoice | null {
  if (chosen === null) return null;
  const names = chosen.split("/").map((part) => PART.exec(part)?.[1] ?? part);
  if (names.length >= frames.length || names.some((name, depth) => name !== frames[depth])) return null;
  const within = ({ path }: { path: string }): boolean => path.startsWith(`${chosen}/`);
  // What another run had is not chosen in this one.
  if (choices.some(within) || !steps.some(within)) return null;
  return { path: chosen, label: labelOf(chosen, atLeast([chosen], totalOf)), failed: false, absent: true };
}

/** Of the steps that the debugger holds, the next of a node in an iteration: it has no event yet, so no step tells of it. */
export function heldIn(held: readonly string[], node: string, iteration: string): string | undefined {
  return held.find((path) => nodeOfStep(path) === node && iterationOf(path) === iteration);
}
