/** The values that came into a step: events refer to the outputs that they are copies of. */
import type { Reference } from "../api/events";
import { type Cut, cutOf } from "../model/cut";
import type { Json } from "../model/types";
import { isItem, type StepView } from "../store/fold";
import { enteredAt, type Known } from "./entered";
import { emptyTable, entryOf } from "../model/own";

export type { Known } from "./entered";

/** What a reference stands for; undefined where the events don't tell. */
function valueOf([path, output]: Reference, step: string, known: Known): Json | undefined {
  const source = known.find(path);
  if (!source) return undefined;
  // A step may well have emitted null, which is no gap.
  const value = entryOf(source.outputs, output);
  if (value !== undefined) return value;
  return "$cut" in source.outputs ? undefined : enteredAt(source, step, known);
}

/** One value for a port that one token reached, a list for one that joined several. Unknown ones are left out. */
function resolved(step: StepView, known: Known): Record<string, Json> {
  const values = emptyTable<Json>();
  for (const [port, references] of Object.entries(step.inputs)) {
    const found = references.map((reference) => valueOf(reference, step.path, known));
    const all = found.filter((value) => value !== undefined);
    if (all.length < found.length) continue;
    const [only] = all;
    values[port] = all.length === 1 && only !== undefined ? only : all;
  }
  return values;
}

/** An expression that only names a part of what came in: `{{ input.order.lines }}`. */
const PART = /^\s*\{\{\s*(?:input|inputs\.(\w+))((?:\.\w+)*)\s*\}\}\s*$/;

/** The list that a step ran for each item of, or what stands for it where it is large; undefined where no event tells. */
export function listFor(step: StepView, known: Known): readonly Json[] | Cut | undefined {
  const each = entryOf(known.document?.nodes, step.node)?.settings?.each;
  if (!each) return undefined;
  if (step.listed !== undefined) return Array.isArray(step.listed) ? step.listed : listCut(step.listed);
  const values: Record<string, Json> = { ...resolved(step, known), ...step.edited };
  const ports = Object.keys(values);
  const expression = each === true ? undefined : each.list;
  const [, named, way = ""] = expression === undefined || expression === null ? [] : (PART.exec(expression) ?? ["", ""]);
  if (named === "") return undefined;
  let value: Json | undefined = values[named ?? (ports.length === 1 ? ports[0] : "in") ?? ""];
  for (const key of way.split(".").slice(1)) {
    value = value !== null && typeof value === "object" && !Array.isArray(value) ? value[key] : undefined;
    if (value === undefined) return undefined;
  }
  return Array.isArray(value) ? value : value === undefined ? undefined : listCut(value);
}

/** What stands for a list that is too large for its event. */
export function listCut(value: Json): Cut | undefined {
  const cut = cutOf(value);
  return cut?.kind === "list" ? cut : undefined;
}

/** What one item of a step got that runs for each item of a list: what the step got, with the item for the list. */
function ofItem(step: StepView, known: Known): Record<string, Json> {
  const at = step.path.lastIndexOf("[");
  const whole = known.find(step.path.slice(0, at));
  if (!whole) return {};
  const [port, another] = Object.keys(whole.inputs);
  const list = listFor(whole, known);
  const item = list && "seq" in list ? undefined : list?.[Number.parseInt(step.path.slice(at + 1), 10)];
  return port === undefined || another !== undefined || item === undefined ? {} : { [port]: item };
}

/** Whether all values that came into a step are known. */
export function areKnown(step: StepView, known: Known): boolean {
  return Object.values(step.inputs).every((references) =>
    references.every((reference) => valueOf(reference, step.path, known) !== undefined),
  );
}

/** The values that a step got by port, with those that somebody gave in place of what came. */
export function inputsOf(step: StepView, known: Known): Record<string, Json> {
  return { ...(isItem(step.path) ? ofItem(step, known) : resolved(step, known)), ...step.edited };
}

/** The ports of whose values the events don't tell. */
export function unknownPorts(step: StepView, inputs: Readonly<Record<string, Json>>): string[] {
  if (isItem(step.path)) return Object.keys(inputs).length ? [] : ["in"];
  return Object.keys(step.inputs).filter((port) => !Object.hasOwn(inputs, port));
}

/** A step's values without ceremony: the lone default port stands for its value. */
export function plain(values: Readonly<Record<string, Json>>, port: string): Json {
  const only = entryOf(values, port);
  return Object.keys(values).length === 1 && only !== undefined ? only : { ...values };
}
