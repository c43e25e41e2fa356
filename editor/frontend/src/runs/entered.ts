/** The value that entered the inside of a frame, as far as the run's events tell it. */
import type { Document, Json } from "../model/types";
import type { StepView } from "../store/fold";
import { entryOf } from "../model/own";

export type Find = (path: string) => StepView | undefined;

/** What is known of the run: its steps, and what was drawn. */
export interface Known {
  readonly find: Find;
  readonly document?: Document | null;
}

/** All firings of a node in an iteration, in order. */
function firingsOf(prefix: string, node: string, find: Find): StepView[] {
  const firings: StepView[] = [];
  for (let again = 1; ; again += 1) {
    const step = find(`${prefix}${node}${again > 1 ? `#${again}` : ""}`);
    if (!step) return firings;
    firings.push(step);
  }
}

/** What an iteration gave last to an inner end of its frame: null where nothing, undefined where that can't be told. */
function givenBy(prefix: string, frame: StepView, end: string, { find, document }: Known): { value: Json } | null | undefined {
  if (!document) return undefined;
  const given: { value: Json; ended: number }[] = [];
  for (const edge of document.edges ?? []) {
    const [from = "", to] = edge.split(" -> ");
    if (to !== `${frame.node}.${end}`) continue;
    const [node = "", output = ""] = from.split(".");
    for (const step of firingsOf(prefix, node, find)) {
      if ("$cut" in step.outputs) return undefined;
      const value = entryOf(step.outputs, output);
      if (value !== undefined) given.push({ value, ended: step.ended ?? 0 });
    }
  }
  // The last one counts; which it was of two that ended at once, nobody knows any more.
  const last = Math.max(...given.map(({ ended }) => ended));
  const candidates = given.filter(({ ended }) => ended === last);
  return candidates.length > 1 ? undefined : (candidates[0] ?? null);
}

/** Where nothing came to its end, a round begins with what the one before began with. */
function valueOfRound(start: string, round: number, frame: StepView, known: Known): Json | undefined {
  for (let before = round - 1; before >= 0; before -= 1) {
    const given = givenBy(`${start}[${before}]/`, frame, "next", known);
    if (given !== null) return given?.value;
  }
  return frame.frame?.value;
}

function errorOf(frame: StepView, iteration: string): Json | undefined {
  return frame.endedBy.find((one) => one.iteration === iteration)?.error;
}

/** What cleans up begins with the error that nothing has caught, or else with the result. */
function cleanedAfter(start: string, frame: StepView, known: Known): Json | undefined {
  const edges = known.document?.edges ?? [];
  const catches = edges.some((edge) => edge.startsWith(`${frame.node}.catch -> `));
  const error = errorOf(frame, `${start}[catch]`) ?? (catches ? undefined : errorOf(frame, `${start}[try]`)) ?? errorOf(frame, start);
  if (error !== undefined) return error;
  // What goes straight from the beginning to the end is no step's.
  if (edges.some((edge) => edge.startsWith(`${frame.node}.`) && edge.endsWith(` -> ${frame.node}.result`))) return undefined;
  for (const part of ["catch", "try"]) {
    const given = givenBy(`${start}[${part}]/`, frame, "result", known);
    if (given !== null) return given && { result: given.value };
  }
  return { result: null };
}

/** With what a frame began the iteration that the step at this path belongs to. */
export function enteredAt(frame: StepView, path: string, known: Known): Json | undefined {
  // A frame that is tried again tells its openings apart: `orders~2[3]/charge`.
  const inside = path.startsWith(frame.path) && /^(~\d+)?(?:\[([^\]]*)\])?\//.exec(path.slice(frame.path.length));
  if (!inside) return undefined;
  const [, again = "", place] = inside;
  const start = `${frame.path}${again}`;
  const { mode = "each", value } = frame.frame ?? {};
  if (place === "compensate") return Object.values(frame.outputs)[0];
  if (mode === "each") return frame.items?.[Number(place)];
  if (mode === "repeat") return valueOfRound(start, Number(place), frame, known);
  if (place === "catch") return errorOf(frame, `${start}[try]`);
  return place === "finally" ? cleanedAfter(start, frame, known) : value;
}
