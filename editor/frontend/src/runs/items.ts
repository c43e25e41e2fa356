/** The items that a node went through: of a node that runs for each, or of a For each with what is in it. Pure. */
import type { Cut } from "../model/cut";
import type { Json, RunError, StepStatus } from "../model/types";
import { frameStepOf, isItem, isMoving, iterationOf, runsApart, type StepView } from "../store/fold";
import { attemptsOf, type Stretch } from "../store/stretches";
import { enteredAt, type Known } from "./entered";
import { listCut, listFor, plain } from "./values";
import { entryOf } from "../model/own";

export type ItemStatus = StepStatus | "pending";

export interface Item {
  readonly index: number;
  /** What it is called in the run: `charge[3]`, or of a frame what its steps begin with: `orders[3]`. */
  readonly path: string;
  readonly status: ItemStatus;
  /** In seconds; null where the journal does not tell. */
  readonly duration: number | null;
  readonly attempts: number;
  readonly input: Json | undefined;
  /** The list that it was taken from, where that is too large for its event. */
  readonly from: Cut | undefined;
  readonly output: Json | undefined;
  readonly error: RunError | null;
  /** The steps that it consists of; none where an item was too quick for the journal. */
  readonly steps: readonly StepView[];
}

/** The items of one firing; `steps` are those of the run. Empty where the firing has none. */
export function itemsOf(firing: StepView, steps: readonly StepView[], known: Known): Item[] {
  return firing.frame?.mode === "each" ? iterationsOf(firing, steps, known) : eachOf(firing, steps, known);
}

// --- a node that runs for each -------------------------------------------------------

function eachOf(firing: StepView, steps: readonly StepView[], known: Known): Item[] {
  const own = new Map<number, StepView>();
  for (const step of steps) {
    if (step.node !== firing.node || !isItem(step.path) || frameStepOf(step.path) !== firing.path) continue;
    own.set(Number(step.path.slice(firing.path.length + 1, -1)), step);
  }
  const { list, from, length } = partsOf(listFor(firing, known));
  const { errors } = firing.outputs;
  const collected = new Map((Array.isArray(errors) ? errors : []).flatMap((one) => (isFailure(one) ? [[one.index, one] as const] : [])));
  const [, gave = []] = Object.entries(firing.outputs).find(([port]) => port !== "errors") ?? [];
  const results = Array.isArray(gave) ? gave : [];
  const made = (listCut(gave)?.length ?? results.length) + (listCut(errors ?? null)?.length ?? collected.size);
  const over = firing.status === "succeeded";
  const furthest = lastOf(own.keys());
  const total = Math.max(length, firing.total ?? 0, furthest + 1, over ? made : 0);
  // What came of the items is in their order, without those that failed.
  const telling = over && results.length + [...own.values()].filter(({ status }) => status === "failed").length === total;
  let place = 0;
  return Array.from({ length: total }, (_, index): Item => {
    const step = own.get(index);
    const status = step?.status ?? (over || index < furthest ? "succeeded" : "pending");
    const given = telling && status === "succeeded" ? results[place++] : undefined;
    return {
      index,
      path: `${firing.path}[${index}]`,
      status,
      // An item that has no event of its own has no time either.
      duration: step && (step.started !== step.ended || step.duration) ? step.duration : null,
      attempts: step?.attempt ?? (status === "pending" ? 0 : 1),
      input: list?.[index] ?? collected.get(index)?.item,
      from,
      output: step && Object.keys(step.outputs).length ? plain(step.outputs, "out") : given,
      error: step?.error ?? null,
      steps: step ? [step] : [],
    };
  });
}

/** The items of a list, or what stands for it, and how many there are. */
function partsOf(list: readonly Json[] | Cut | undefined): { list?: readonly Json[]; from: Cut | undefined; length: number } {
  if (!list) return { from: undefined, length: 0 };
  return "seq" in list ? { from: list, length: list.length ?? 0 } : { list, from: undefined, length: list.length };
}

function isFailure(value: Json): value is { index: number; item: Json } {
  return value !== null && typeof value === "object" && !Array.isArray(value) && typeof value.index === "number";
}

function lastOf(numbers: Iterable<number>): number {
  let last = -1;
  for (const number of numbers) last = Math.max(last, number);
  return last;
}

// --- a For each with what is in it -----------------------------------------------------

function iterationsOf(firing: StepView, steps: readonly StepView[], known: Known): Item[] {
  const inside = new Map<number, { path: string; steps: StepView[] }>();
  for (const step of steps) {
    if (step.path.length <= firing.path.length || isItem(step.path) || !step.path.startsWith(firing.path)) continue;
    const path = iterationOf(step.path);
    const found = path.startsWith(firing.path) ? /^(?:~\d+)?\[(\d+)\]$/.exec(path.slice(firing.path.length)) : null;
    if (!found) continue;
    const index = Number(found[1]);
    const before = inside.get(index);
    // A frame that was tried again has the iterations of its last attempt.
    if (before?.path === path) before.steps.push(step);
    else inside.set(index, { path, steps: [step] });
  }
  const ends = endsOf(firing.node, known);
  const { from, length } = partsOf(firing.items ?? listCut(firing.frame?.items ?? null));
  const total = Math.max(length, lastOf(inside.keys()) + 1);
  return Array.from({ length: total }, (_, index) => ({ ...iteration(index, inside.get(index), firing, ends, known), from }));
}

/** What leads to the end of an iteration: nodes with their output ports. */
function endsOf(frame: string, { document }: Known): (readonly [node: string, port: string])[] {
  return (document?.edges ?? []).flatMap((edge) => {
    const [from = "", to = ""] = edge.split(" -> ");
    const [node = "", port = ""] = from.split(".");
    const inner = entryOf(document?.nodes, node)?.frame === frame;
    return inner && to.split(".")[0] === frame ? [[node, port] as const] : [];
  });
}

function iteration(
  index: number,
  begun: { path: string; steps: StepView[] } | undefined,
  firing: StepView,
  ends: readonly (readonly [node: string, port: string])[],
  known: Known,
): Omit<Item, "from"> {
  const path = begun?.path ?? `${firing.path}[${index}]`;
  const steps = begun?.steps ?? [];
  const ran = steps.filter(({ status }) => status !== "skipped");
  const failed = ran.find(({ status, handled }) => status === "failed" && handled === "fail");
  const moving = ran.find(({ status }) => isMoving(status));
  const cancelled = ran.find(({ status }) => status === "cancelled");
  const status: ItemStatus = failed ? "failed" : moving ? moving.status : cancelled ? "cancelled" : ran.length ? "succeeded" : steps.length ? "skipped" : "pending";
  const began = ran.reduce((first, { started }) => Math.min(first, started), Infinity);
  const ended = ran.reduce((last, step) => Math.max(last, step.ended ?? -Infinity), -Infinity);
  const apart = steps.find((step) => runsApart(step.path));
  const last = steps.findLast(({ node, outputs }) => ends.some(([from, port]) => from === node && Object.hasOwn(outputs, port)));
  const port = last && ends.find(([node, output]) => node === last.node && Object.hasOwn(last.outputs, output))?.[1];
  return {
    index,
    path,
    status,
    duration: moving || !Number.isFinite(ended) ? null : Math.max(0, ended - began),
    attempts: ran.reduce((most, { attempt }) => Math.max(most, attempt), ran.length ? 1 : 0),
    input: firing.items?.[index] ?? enteredAt(firing, `${path}/`, known),
    output: apart ? apart.outputs.result : port === undefined ? undefined : last?.outputs[port],
    error: failed?.error ?? null,
    steps,
  };
}

/** The attempts of an item's step; none where it was tried once. */
export function attemptsOfItem({ steps }: Item): readonly Stretch[] {
  return attemptsOf(steps.find(({ stretches }) => stretches.length)?.stretches ?? []);
}

// --- which of them, and in which order ---------------------------------------------------

export type SortKey = "index" | "status" | "duration" | "attempts";

export interface Choice {
  /** Only those of this status. */
  readonly status: ItemStatus | null;
  /** Found in what went in, came out, or went wrong. */
  readonly text: string;
  readonly sort: SortKey;
  readonly down: boolean;
}

export const ALL_ITEMS: Choice = { status: null, text: "", sort: "index", down: false };

/** The statuses as people look for them: what went wrong comes first. */
const ORDER: readonly ItemStatus[] = ["failed", "cancelled", "retrying", "running", "waiting", "pending", "skipped", "succeeded"];

/** Of a value so much is searched, in characters. */
const SEARCHED = 20_000;
const texts = new WeakMap<object, string>();

function textOf(value: Json | undefined): string {
  if (value === undefined) return "";
  if (value === null || typeof value !== "object") return String(value).slice(0, SEARCHED).toLowerCase();
  let text = texts.get(value);
  if (text === undefined) {
    text = JSON.stringify(value).slice(0, SEARCHED).toLowerCase();
    texts.set(value, text);
  }
  return text;
}

function has({ input, output, error }: Item, text: string): boolean {
  return textOf(input).includes(text) || textOf(output).includes(text) || (error !== null && `${error.code} ${error.message}`.toLowerCase().includes(text));
}

/** The items that are wanted, in the order in which they are wanted. */
export function chosenItems(items: readonly Item[], { status, text, sort, down }: Choice): Item[] {
  const wanted = text.trim().toLowerCase();
  const found = items.filter((item) => (status === null || item.status === status) && (!wanted || has(item, wanted)));
  const rank = (item: Item): number => {
    if (sort === "status") return ORDER.indexOf(item.status);
    if (sort === "duration") return item.duration ?? (down ? -Infinity : Infinity);
    return item[sort];
  };
  const way = down ? -1 : 1;
  return found.sort((one, other) => {
    const [first, second] = [rank(one), rank(other)];
    return first === second ? one.index - other.index : first < second ? -way : way;
  });
}

/** How many there are of each status, the worst first. */
export function countsOf(items: readonly Item[]): [ItemStatus, number][] {
  const counts = new Map<ItemStatus, number>();
  for (const { status } of items) counts.set(status, (counts.get(status) ?? 0) + 1);
  return ORDER.flatMap((status): [ItemStatus, number][] => {
    const count = counts.get(status);
    return count ? [[status, count]] : [];
  });
}
