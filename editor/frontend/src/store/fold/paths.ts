/** What the path of a step says: of which node, item or iteration it is. */

/** Whether the step is one item of a step that runs for each item of a list: `charge[3]`. */
export function isItem(path: string): boolean {
  return path.endsWith("]");
}

/** Whether the step stands for an iteration that is a run of its own: `orders[3]/orders:item`. */
export function runsApart(path: string): boolean {
  return path.endsWith(":item");
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
