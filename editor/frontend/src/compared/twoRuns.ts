/** How two runs differ: node by node, in the order in which the differences come up. Pure. */
import { nodeOfStep } from "../api/events";
import { Alike } from "../model/alike";
import type { Document, Json } from "../model/types";
import { areKnown, inputsOf, type Known } from "../runs/values";
import { isItem, type RunFold, type StepView } from "../store/fold";

/** One of the two: what has become of it, and what was drawn. The earlier run comes first. */
export interface RunSide {
  readonly fold: Pick<RunFold, "steps" | "edges" | "summary">;
  readonly document: Document | null;
}

/** `+`: in the later run alone, `-`: in the earlier one alone, `~`: in both, and not the same. */
export type Sign = "+" | "-" | "~";

export type Aspect = "status" | "inputs" | "outputs" | "error";

export interface StepDifference {
  readonly path: string;
  readonly sign: Sign;
  readonly aspects: readonly Aspect[];
}

export interface NodeDifference {
  readonly kind: "node";
  readonly node: string;
  readonly sign: Sign;
  /** How many of its firings differ in what. */
  readonly aspects: ReadonlyMap<Aspect, number>;
  /** The firings that differ, as they come up. */
  readonly steps: readonly StepDifference[];
  /** How often it fired, in the earlier run and in the later one. */
  readonly firings: readonly [number, number];
  /** Of all its firings together, in seconds. */
  readonly durations: readonly [number, number];
  readonly rank: number;
}

export interface EdgeDifference {
  readonly kind: "edge";
  readonly edge: string;
  readonly sign: "+" | "-";
  /** How many tokens it carried in that run. */
  readonly count: number;
  readonly rank: number;
}

/** The first step that got the same in both runs and did something else. */
export interface Parting {
  readonly path: string;
  readonly node: string;
  readonly aspects: readonly Aspect[];
}

export interface TwoRuns {
  /** Nodes and edges, as the differences come up. */
  readonly differences: readonly (NodeDifference | EdgeDifference)[];
  readonly parting: Parting | null;
  /** The runs were not begun with the same. */
  readonly inputsDiffer: boolean;
  /** How many nodes and edges took part in both runs, and are the same. */
  readonly same: { readonly nodes: number; readonly edges: number };
  /** Of every node that ran in either. */
  readonly durations: ReadonlyMap<string, readonly [number, number]>;
  readonly alike: Alike;
}

interface Tally {
  firings: [number, number];
  durations: [number, number];
  aspects: Map<Aspect, number>;
  steps: StepDifference[];
  rank: number;
  first: number;
}

/** Steps that are looked at without a pause. */
const AT_ONCE = 200;

function ran(step: StepView | undefined): step is StepView {
  return step !== undefined && step.status !== "skipped";
}

function errorOf({ error }: StepView): Json | undefined {
  // Where it began is told by the step itself.
  return error ? { code: error.code, message: error.message } : undefined;
}

function knownOf({ fold, document }: RunSide): Known {
  return { find: (path) => fold.steps.get(path), document };
}

/** What two firings with one path do not have in common. */
function aspectsOf(one: StepView, other: StepView, sides: readonly [Known, Known], alike: Alike): Aspect[] {
  const found: Aspect[] = [];
  if (one.status !== other.status) found.push("status");
  if (!alike.are(inputsOf(one, sides[0]), inputsOf(other, sides[1]))) found.push("inputs");
  if (!alike.are(one.outputs as Json, other.outputs as Json)) found.push("outputs");
  if (!alike.are(errorOf(one), errorOf(other))) found.push("error");
  return found;
}

/** All paths of the two runs, in one order in which each run's own order is kept as far as can be. */
export function inOrder(earlier: Iterable<string>, later: Iterable<string>): string[] {
  const first = [...earlier];
  const known = new Set(first);
  // What only the later run has follows what came before it there.
  const behind = new Map<string, string[]>();
  let place = "";
  for (const path of later) {
    if (known.has(path)) place = path;
    else {
      const here = behind.get(place);
      if (here) here.push(path);
      else behind.set(place, [path]);
    }
  }
  return ["", ...first].flatMap((path) => [...(path ? [path] : []), ...(behind.get(path) ?? [])]);
}

/** The steps around one: `a[2]` and `a` of `a[2]/b`, `c` of `c[4]`. */
function* around(path: string): Iterable<string> {
  for (let at = path.length - 1; at > 0; at -= 1) {
    const sign = path[at];
    if (sign === "[" || sign === "/") yield path.slice(0, at);
    // A frame that is tried again: `a~2[1]` is within `a`.
    if (sign === "~") yield path.slice(0, at);
  }
}

/** Compare two runs, some steps at a time; what it returns is the comparison. */
export function* compareRuns(earlier: RunSide, later: RunSide, alike = new Alike()): Generator<undefined, TwoRuns> {
  const sides = [knownOf(earlier), knownOf(later)] as const;
  const tallies = new Map<string, Tally>();
  const parted: { path: string; aspects: Aspect[] }[] = [];
  const paths = inOrder(earlier.fold.steps.keys(), later.fold.steps.keys());
  for (const [rank, path] of paths.entries()) {
    if (rank % AT_ONCE === AT_ONCE - 1) yield undefined;
    const [one, other] = [earlier.fold.steps.get(path), later.fold.steps.get(path)];
    if (!ran(one) && !ran(other)) continue;
    const node = nodeOfStep(path);
    let tally = tallies.get(node);
    if (!tally) {
      tally = { firings: [0, 0], durations: [0, 0], aspects: new Map(), steps: [], rank: Infinity, first: rank };
      tallies.set(node, tally);
    }
    if (!isItem(path)) count(tally, one, other);
    const both = ran(one) && ran(other);
    const aspects = both ? aspectsOf(one, other, sides, alike) : [];
    if (both && !aspects.length) continue;
    for (const aspect of aspects) tally.aspects.set(aspect, (tally.aspects.get(aspect) ?? 0) + 1);
    tally.steps.push({ path, sign: both ? "~" : ran(one) ? "-" : "+", aspects });
    tally.rank = Math.min(tally.rank, rank);
    if (both && !aspects.includes("inputs") && areKnown(one, sides[0]) && areKnown(other, sides[1])) parted.push({ path, aspects });
  }
  yield undefined;
  const { edges, alikeEdges } = edgesOf(earlier, later, tallies);
  const nodes = [...tallies].flatMap(([node, tally]) => (tally.steps.length ? [differenceOf(node, tally)] : []));
  return {
    differences: [...nodes, ...edges].sort((a, b) => a.rank - b.rank),
    parting: innermost(parted),
    inputsDiffer: !alike.are(inputsOfRun(earlier), inputsOfRun(later)),
    same: { nodes: tallies.size - nodes.length, edges: alikeEdges },
    durations: new Map([...tallies].map(([node, { durations }]) => [node, durations])),
    alike,
  };
}

function count(tally: Tally, one: StepView | undefined, other: StepView | undefined): void {
  for (const [side, step] of [one, other].entries()) {
    if (!ran(step)) continue;
    tally.firings[side as 0 | 1] += 1;
    tally.durations[side as 0 | 1] += step.duration ?? 0;
  }
}

function differenceOf(node: string, { firings, durations, aspects, steps, rank }: Tally): NodeDifference {
  const sign: Sign = firings[0] && firings[1] ? "~" : firings[0] ? "-" : "+";
  return { kind: "node", node, sign, aspects, steps, firings, durations, rank };
}

function edgesOf(earlier: RunSide, later: RunSide, tallies: ReadonlyMap<string, Tally>): { edges: EdgeDifference[]; alikeEdges: number } {
  const edges: EdgeDifference[] = [];
  let alikeEdges = 0;
  for (const edge of new Set([...earlier.fold.edges.keys(), ...later.fold.edges.keys()])) {
    const [old = 0, now = 0] = [earlier.fold.edges.get(edge), later.fold.edges.get(edge)];
    if (old > 0 && now > 0) alikeEdges += 1;
    if (old > 0 === now > 0) continue;
    // It comes right behind the node that it leaves.
    const from = tallies.get(edge.slice(0, edge.indexOf(".")));
    const rank = from ? Math.min(from.rank, from.first) + 0.5 : Number.MAX_SAFE_INTEGER;
    edges.push({ kind: "edge", edge, sign: now > 0 ? "+" : "-", count: Math.max(old, now), rank });
  }
  return { edges, alikeEdges };
}

function inputsOfRun({ fold }: RunSide): Json | undefined {
  return fold.summary.inputs;
}

/** Of steps that hold others the one within is where it began. */
function innermost(parted: readonly { path: string; aspects: Aspect[] }[]): Parting | null {
  const holding = new Set(parted.flatMap(({ path }) => [...around(path)]));
  const found = parted.find(({ path }) => !holding.has(path));
  return found ? { ...found, node: nodeOfStep(found.path) } : null;
}
