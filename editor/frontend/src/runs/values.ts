/** The values that came into a step: events refer to the outputs that they are copies of. */
import type { References } from "../api/events";
import type { Json } from "../model/types";
import type { StepView } from "../store/fold";

export type Find = (path: string) => StepView | undefined;

/** One value for a port that one token reached, a list for one that joined several. */
export function resolveInputs(inputs: References, find: Find): Record<string, Json> {
  const values: Record<string, Json> = {};
  for (const [port, references] of Object.entries(inputs)) {
    const found = references.map(([step, output]) => find(step)?.outputs[output] ?? null);
    const only = found.length === 1 ? found[0] : undefined;
    values[port] = only === undefined ? found : only;
  }
  return values;
}

/** The values that a step got by port, with those that somebody gave in place of what came. */
export function inputsOf(step: StepView, find: Find): Record<string, Json> {
  return { ...resolveInputs(step.inputs, find), ...step.edited };
}

/** A step's values without ceremony: the lone default port stands for its value. */
export function plain(values: Readonly<Record<string, Json>>, port: string): Json {
  const only = values[port];
  return Object.keys(values).length === 1 && only !== undefined ? only : { ...values };
}
