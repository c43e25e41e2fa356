/** The values that came into a step: events refer to the outputs that they are copies of. */
import type { References } from "../api/events";
import type { Json } from "../model/types";
import type { StepView } from "../store/fold";

export type Find = (path: string) => StepView | undefined;

/** The item with which a frame began the iteration that this step belongs to. */
function itemFor(frame: StepView | undefined, path: string): Json | undefined {
  if (!frame?.items || !path.startsWith(`${frame.path}[`)) return undefined;
  return frame.items[Number.parseInt(path.slice(frame.path.length + 1), 10)];
}

/** Whether all values that came into a step are known; of what a frame gave its inside, only items are. */
export function areKnown(step: StepView, find: Find): boolean {
  const references = Object.values(step.inputs).flat();
  return references.every(([path, output]) => {
    const source = find(path);
    if (!source || "$cut" in source.outputs) return false;
    return output in source.outputs || itemFor(source, step.path) !== undefined;
  });
}

/** One value for a port that one token reached, a list for one that joined several. */
export function resolveInputs(inputs: References, find: Find, path = ""): Record<string, Json> {
  const values: Record<string, Json> = {};
  for (const [port, references] of Object.entries(inputs)) {
    const found = references.map(([step, output]) => find(step)?.outputs[output] ?? itemFor(find(step), path) ?? null);
    const only = found.length === 1 ? found[0] : undefined;
    values[port] = only === undefined ? found : only;
  }
  return values;
}

/** The values that a step got by port, with those that somebody gave in place of what came. */
export function inputsOf(step: StepView, find: Find): Record<string, Json> {
  return { ...resolveInputs(step.inputs, find, step.path), ...step.edited };
}

/** A step's values without ceremony: the lone default port stands for its value. */
export function plain(values: Readonly<Record<string, Json>>, port: string): Json {
  const only = values[port];
  return Object.keys(values).length === 1 && only !== undefined ? only : { ...values };
}
