/** The iterations of the frames around a node in the shown run, and which of them the panel shows. */
import { frameStepOf, iterationOf, type StepView } from "../store/fold";

export interface IterationChoice {
  /** What its steps begin with: `orders[3]`. */
  readonly path: string;
  readonly label: string;
  readonly failed: boolean;
}

/** "item 4", in several frames "item 2 › item 4"; the firing of the frame where it is not the first. */
export function labelOf(path: string): string {
  const label = (part: string): string => {
    const [, again = "", index] = /^[^[\]#]+(#\d+)?\[(\d+)\]$/.exec(part) ?? [];
    return index === undefined ? part : `item ${Number(index) + 1}${again && ` (${again})`}`;
  };
  return path.split("/").map(label).join(" › ");
}

/** The iterations in which a node fired, those in which it failed first. */
export function iterationsOf(steps: readonly StepView[]): IterationChoice[] {
  const failed = new Map<string, boolean>();
  for (const step of steps) {
    const path = iterationOf(step.path);
    if (path) failed.set(path, (failed.get(path) ?? false) || step.status === "failed");
  }
  const all = [...failed].map(([path, wrong]) => ({ path, label: labelOf(path), failed: wrong }));
  return [...all.filter((one) => one.failed), ...all.filter((one) => !one.failed)];
}

/** The iterations of a frame by its firings: all that have a step, those with a failed step first. */
export function iterationsIn(steps: readonly StepView[], isFiring: (step: string) => boolean): IterationChoice[] {
  return iterationsOf(steps.filter((step) => iterationOf(step.path) && isFiring(frameStepOf(iterationOf(step.path)))));
}

/** The one to show: what was chosen, at this depth of frames; else the one in which it fired last. */
export function iterationFor(choices: readonly IterationChoice[], chosen: string | null, last: string): string {
  if (chosen === null) return last;
  const fits = (path: string): boolean => path === chosen || path.startsWith(`${chosen}/`) || chosen.startsWith(`${path}/`);
  return choices.find(({ path }) => path === chosen)?.path ?? choices.find(({ path }) => fits(path))?.path ?? last;
}
