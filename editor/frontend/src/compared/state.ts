/** The two runs that are compared: both folded and followed, their drawing, and how they differ. */
import { useEffect } from "react";
import { create } from "zustand";

import { isOver } from "../api/events";
import { get } from "../api/http";
import { Alike } from "../model/alike";
import { compare, type NodeChange, union } from "../model/compare";
import type { Document, Run } from "../model/types";
import { leaveComparing, useCompared } from "../store/compared";
import { useDraft } from "../store/document";
import { RunFold } from "../store/fold";
import { followOther, goTo, leaveIncomparable, liveFold, refused, useRuns } from "../store/runs";
import { draw, type Drawn } from "../versions/drawn";
import { compareRuns, type NodeDifference, type RunSide, type TwoRuns } from "./twoRuns";

/** One of the two runs, with what the API says of it. */
export interface Side extends RunSide {
  readonly run: Run;
  readonly fold: RunFold;
  readonly document: Document;
}

interface State {
  /** The earlier run and the later one; null until both are there. */
  sides: readonly [Side, Side] | null;
  drawn: Drawn | null;
  /** What is drawn otherwise in the later run than in the earlier one, by node. */
  changes: ReadonlyMap<string, NodeChange>;
  found: TwoRuns | null;
  /** The differences of the nodes, by node. */
  byNode: ReadonlyMap<string, NodeDifference>;
}

const NOTHING: State = { sides: null, drawn: null, changes: new Map(), found: null, byNode: new Map() };

export const useTwoRuns = create<State>(() => NOTHING);

/** So long a comparison works before the page may do something else; in ms. */
const TURN = 8;
/** While runs go on they are compared this often; in ms. */
const AGAIN = 500;

function inOrderOfStart(one: Side, other: Side): readonly [Side, Side] {
  return one.run.created <= other.run.created ? [one, other] : [other, one];
}

async function drawBoth([earlier, later]: readonly [Side, Side]): Promise<Pick<State, "drawn" | "changes">> {
  const { types } = useDraft.getState();
  const changes = compare(earlier.document, later.document);
  const gone = new Set(changes.nodes.flatMap(({ id, sign }) => (sign === "-" ? [id] : [])));
  const drawn = await draw(union(earlier.document, later.document, changes), types, { gone });
  return { drawn, changes: new Map(changes.nodes.map((change) => [change.id, change])) };
}

/** Compares again and again as events come, a few steps at a time. */
class Comparing {
  private readonly alike = new Alike();
  private stopped = false;
  private timer = 0;
  private working = false;
  private wanted = false;

  constructor(private readonly sides: readonly [Side, Side]) {}

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  /** There is something new. */
  look(): void {
    this.wanted = true;
    if (!this.working) this.begin();
  }

  private begin(): void {
    this.working = true;
    this.wanted = false;
    this.turn(compareRuns(...this.sides, this.alike));
  }

  private turn(work: ReturnType<typeof compareRuns>): void {
    const until = performance.now() + TURN;
    let step = work.next();
    while (!step.done && performance.now() < until) step = work.next();
    if (this.stopped) return;
    if (!step.done) {
      this.timer = window.setTimeout(() => this.turn(work), 0);
      return;
    }
    const nodes = step.value.differences.flatMap((one) => (one.kind === "node" ? [[one.node, one] as const] : []));
    useTwoRuns.setState({ found: step.value, byNode: new Map(nodes) });
    useCompared.setState({ differing: nodes.map(([node]) => node) });
    this.timer = window.setTimeout(() => {
      this.working = false;
      if (this.wanted) this.begin();
    }, AGAIN);
  }
}

/** Fetch, follow and compare both runs for as long as they are compared. */
export function useComparing(): void {
  const other = useCompared((state) => state.other);
  const shown = useRuns((state) => state.shown);
  useEffect(() => {
    if (other === null || shown === null) return;
    const stops: (() => void)[] = [];
    let stopped = false;
    goTo(null);
    const { unreadable } = useRuns.getState();
    if (unreadable) return leaveIncomparable(unreadable.message);
    void begin(shown, other, (stop) => (stopped ? stop() : stops.push(stop))).catch((error: unknown) => {
      if (stopped) return;
      leaveComparing();
      refused(error);
    });
    return () => {
      stopped = true;
      for (const stop of stops) stop();
      useTwoRuns.setState(NOTHING);
    };
  }, [other, shown]);
}

async function begin(shown: string, other: string, onStop: (stop: () => void) => void): Promise<void> {
  const [run, second] = await Promise.all([shown, other].map((id) => get<Run>(`runs/${id}/`)));
  if (!run?.document || !second?.document) throw new Error("The API has told nothing of a run.");
  const fold = new RunFold();
  const sides = inOrderOfStart({ run, fold: liveFold(), document: run.document }, { run: second, fold, document: second.document });
  const drawing = await drawBoth(sides);
  const comparing = new Comparing(sides);
  onStop(() => comparing.stop());
  useTwoRuns.setState({ sides, ...drawing });
  onStop(
    followOther(other, () => fold.lastSeq, (events) => {
      for (const event of events) fold.apply(event);
      comparing.look();
    }),
  );
  onStop(useRuns.subscribe(({ count }, before) => void (count !== before.count && comparing.look())));
  comparing.look();
}

/** Whether a run has told all that it will. */
export function isWhole({ fold, run }: Side): boolean {
  return isOver(fold.summary.status) && fold.lastSeq >= (run.last_seq ?? 0);
}
