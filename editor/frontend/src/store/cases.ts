/** The tests at this page: which is open, how each went last, and what they covered. */
import { create } from "zustand";

import { post } from "../api/http";
import type { Difference } from "../model/differences";
import { freshTestName, MOST_TESTS, tidied, withTest } from "../model/cases";
import type { RunStatus, TestCase } from "../model/types";
import { coverageMarks, type Covered } from "./coverage";
import { asStep, type DraftState, setBlueprint, useDraft } from "./document";
import { refused, showRun, useRuns } from "./runs";
import { save } from "./save";
import { clearSelection } from "./selection";
import { say, setPanels, useUi } from "./ui";

/** What became of a test, as the API tells it. */
export interface CaseResult {
  name: string;
  passed: boolean;
  seconds: number;
  status: RunStatus | null;
  /** Why it was not run at all. */
  refused: string | null;
  differences: Difference[];
}

interface Parts {
  covered: string[];
  missed: string[];
}

export interface Coverage {
  nodes: Parts;
  edges: Parts;
  /** How many tests it is of. */
  tests: number;
}

interface TestReport {
  passed: boolean;
  cases: CaseResult[];
  coverage: Omit<Coverage, "tests">;
}

interface CasesState {
  /** What the drawer shows. */
  view: "runs" | "tests";
  /** The place of the test that is open. */
  open: number | null;
  /** The element of its form that is to get the keys. */
  focus: string | null;
  /** The names of the tests that are being run; null for none. */
  running: ReadonlySet<string> | null;
  /** Counts the reports and the edits, since results are kept beside the state. */
  version: number;
  coverage: Coverage | null;
  /** Whether the canvas shows it. */
  covering: boolean;
}

export const useCases = create<CasesState>(() => ({
  view: "runs",
  open: null,
  focus: null,
  running: null,
  version: 0,
  coverage: null,
  covering: false,
}));

// --- results: each belongs to a test as it was, of a drawing as it was -----------

type Drawn = Pick<DraftState, "nodes" | "edges" | "inputs" | "vars" | "settings">;

interface Kept {
  result: CaseResult;
  drawn: Drawn;
  /** The test was edited since. */
  edited: boolean;
}

const results = new WeakMap<TestCase, Kept>();

export interface Outcome {
  result: CaseResult;
  /** The test or the drawing was changed since. */
  stale: boolean;
}

function drawnNow(state: DraftState): Drawn {
  const { nodes, edges, inputs, vars, settings } = state;
  return { nodes, edges, inputs, vars, settings };
}

const sameDrawing = (one: Drawn, other: Drawn): boolean =>
  (Object.keys(one) as (keyof Drawn)[]).every((part) => one[part] === other[part]);

/** How a test went last. */
export function outcomeOf(test: TestCase): Outcome | null {
  const kept = results.get(test);
  return kept ? { result: kept.result, stale: kept.edited || !sameDrawing(kept.drawn, useDraft.getState()) } : null;
}

/** All tests, each with how it went last. */
export function useOutcomes(): { test: TestCase; outcome: Outcome | null }[] {
  useCases((state) => state.version);
  const tests = useDraft((state) => state.tests);
  // Any of them makes results stale.
  useDraft((state) => state.nodes);
  useDraft((state) => state.edges);
  useDraft((state) => state.inputs);
  useDraft((state) => state.vars);
  useDraft((state) => state.settings);
  return tests.map((test) => ({ test, outcome: outcomeOf(test) }));
}

const again = (): void => useCases.setState(({ version }) => ({ version: version + 1 }));

// --- editing -----------------------------------------------------------------------

/** Open a test's form beside the canvas; null closes it. `focus` is the id of a field. */
export function openTest(open: number | null, focus: string | null = null): void {
  useCases.setState({ open, focus, ...(open === null ? {} : { view: "tests" }) });
  if (open === null) return;
  clearSelection();
  if (!useUi.getState().panels.inspector) setPanels({ inspector: true });
}

export function showView(view: CasesState["view"]): void {
  useCases.setState({ view });
}

function put(tests: readonly TestCase[]): void {
  setBlueprint("tests", tests.length ? tests : undefined);
}

/** Change a test; what is typed without a pause is one step of undo, as in every form. */
export function changeTest(index: number, change: (test: TestCase) => TestCase, step = false): void {
  const { tests } = useDraft.getState();
  const before = tests[index];
  if (!before) return;
  const next = tidied(change(before));
  const kept = results.get(before);
  if (kept) results.set(next, { ...kept, edited: true });
  const work = (): void => put(withTest(tests, index, next));
  if (step) asStep(work);
  else work();
}

/** Add a test at the end, or behind another one, and open it; answers whether there was room. */
export function addTest(test: TestCase, behind?: number): boolean {
  const { tests } = useDraft.getState();
  if (tests.length >= MOST_TESTS) {
    say(`A blueprint carries at most ${MOST_TESTS} tests.`, "danger");
    return false;
  }
  const at = behind === undefined ? tests.length : behind + 1;
  const made = tidied({ ...test, name: freshTestName(tests, test.name) });
  asStep(() => put([...tests.slice(0, at), made, ...tests.slice(at)]));
  openTest(at, "setting-test-name");
  return true;
}

export function newTest(): void {
  addTest({ name: "a new test" });
}

export function duplicateTest(index: number): void {
  const test = useDraft.getState().tests[index];
  if (test) addTest(test, index);
}

export function deleteTest(index: number): void {
  const { tests } = useDraft.getState();
  if (useCases.getState().open === index) openTest(null);
  asStep(() => put(withTest(tests, index, null)));
}

// The open test stays open, also where undo puts another one before it.
useDraft.subscribe(({ tests }, before) => {
  const { open } = useCases.getState();
  if (tests === before.tests || open === null) return;
  const was = before.tests[open];
  const at = was ? tests.indexOf(was) : -1;
  if (at >= 0 && at !== open) useCases.setState({ open: at });
});

// --- running -----------------------------------------------------------------------

/** Save what is unsaved, and run all tests, or the one at a place. */
export async function runTests(only?: number): Promise<void> {
  if (useCases.getState().running) return;
  const wanted = useDraft.getState().tests;
  const name = only === undefined ? undefined : wanted[only]?.name;
  const names = new Set(name === undefined ? wanted.map((test) => test.name) : [name]);
  useCases.setState({ running: names });
  try {
    if (!(await save())) {
      say(useDraft.getState().saveMessage || "The draft could not be saved, so no test was run.", "danger");
      return;
    }
    const state = useDraft.getState();
    const body = name === undefined ? {} : { names: [name] };
    take(await post<TestReport>(`blueprints/${state.blueprint.id}/tests/`, body), state, names);
  } catch (error) {
    refused(error);
  } finally {
    useCases.setState({ running: null });
  }
}

function take(report: TestReport, state: DraftState, names: ReadonlySet<string>): void {
  const ran = state.tests.filter((test) => names.has(test.name));
  const drawn = drawnNow(state);
  report.cases.forEach((result, at) => {
    const test = ran[at];
    if (test) results.set(test, { result, drawn, edited: false });
  });
  again();
  // What was drawn while they ran is not what they covered.
  if (!sameDrawing(drawn, useDraft.getState())) return;
  useCases.setState({ coverage: { ...report.coverage, tests: report.cases.length } });
  if (useCases.getState().covering) mark();
}

// --- coverage on the canvas ------------------------------------------------------------

function mark(): void {
  const { coverage } = useCases.getState();
  const marks = new Map<string, Covered>();
  for (const part of coverage ? [coverage.nodes, coverage.edges] : []) {
    for (const id of part.covered) marks.set(id, "covered");
    for (const id of part.missed) marks.set(id, "missed");
  }
  coverageMarks.replace(marks);
}

/** Show on the canvas what the tests covered, in place of a run; or take it off. */
export function showCoverage(covering: boolean): void {
  if (covering && !useCases.getState().coverage) return;
  if (covering) showRun(null);
  useCases.setState({ covering });
  if (covering) mark();
  else coverageMarks.clear();
}

useDraft.subscribe((now, before) => {
  if (now.nodes === before.nodes && now.edges === before.edges) return;
  if (!useCases.getState().coverage) return;
  showCoverage(false);
  useCases.setState({ coverage: null });
});

useRuns.subscribe(({ shown }, before) => {
  if (!shown || shown === before.shown) return;
  if (useCases.getState().covering) showCoverage(false);
  showView("runs");
});
