/** How the tests went: of the open one everything, otherwise of each that did not pass; and the coverage. */
import { FlaskConical, ListChecks, LoaderCircle, Plus, SquareDashed } from "lucide-react";

import { reveal } from "../canvas/view";
import { makeTestFromRun } from "./fromRun";
import { newTest, runTests, showCoverage, useCases, useOutcomes } from "../store/cases";
import { useRuns } from "../store/runs";
import { select } from "../store/selection";
import { CaseOutcome } from "./CaseOutcome";
import { CaseCount } from "./CaseSign";
import { counted, timeOf } from "./state";

function Head() {
  const all = useOutcomes();
  const running = useCases((state) => state.running);
  const coverage = useCases((state) => state.coverage);
  const covering = useCases((state) => state.covering);
  const ran = all.some(({ outcome }) => outcome?.result.refused === null);
  const seconds = all.reduce((sum, { outcome }) => sum + (outcome?.result.seconds ?? 0), 0);
  const counts = counted(all.map(({ outcome }) => outcome));
  const tests = running?.size === 1 ? "a test" : `${running?.size ?? 0} tests`;
  return (
    <div className="run-views case-views">
      <p role="status" data-testid="case-summary">
        {running ? `Running ${tests}…` : counts.map(([state, count]) => <CaseCount key={state} state={state} count={count} />)}
        {!running && ran && <span className="case-total">{timeOf(seconds)}</span>}
      </p>
      {coverage && (
        <button
          type="button"
          className="views-tool"
          aria-pressed={covering}
          title="Show on the canvas which nodes and edges the tests went through (Shift+C)"
          onClick={() => showCoverage(!covering)}
          data-testid="coverage"
        >
          <SquareDashed size={13} aria-hidden /> Coverage
        </button>
      )}
      <button type="button" className="views-tool" disabled={running !== null} title="Save, and run all tests (T)" onClick={() => void runTests()} data-testid="run-tests">
        {running ? <LoaderCircle size={13} className="turning" aria-hidden /> : <ListChecks size={13} aria-hidden />} Run all
      </button>
    </div>
  );
}

/** What no test went through, as words: they lead to the place on the canvas. */
function Missed() {
  const coverage = useCases((state) => state.coverage);
  if (!coverage) return null;
  const { nodes, edges } = coverage;
  const missed = [...nodes.missed, ...edges.missed];
  if (!missed.length) return <p className="case-note">The tests that ran went through every node and every edge.</p>;
  const go = (id: string): void => {
    const edge = edges.missed.includes(id);
    const node = edge ? id.slice(0, id.indexOf(".")) : id;
    select(edge ? [] : [id], edge ? [id] : []);
    reveal(node);
  };
  return (
    <section className="case-missed">
      <h3>No test that ran went through</h3>
      <ul>
        {missed.map((id) => (
          <li key={id}>
            <button type="button" onClick={() => go(id)}>
              {id}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Empty() {
  const over = useRuns((state) => state.shown !== null && state.over);
  return (
    <div className="case-empty">
      <FlaskConical size={22} aria-hidden />
      <p>
        A test starts the blueprint with inputs of your choice, lets mocks stand in for what works outside, and says how
        the run must end. It runs in memory, in milliseconds.
      </p>
      <div>
        <button type="button" className="button" onClick={newTest}>
          <Plus size={14} aria-hidden /> New test
        </button>
        <button
          type="button"
          className="button"
          disabled={!over}
          title={over ? undefined : "Run the blueprint, or choose one of its runs, first"}
          onClick={() => void makeTestFromRun()}
        >
          <FlaskConical size={14} aria-hidden /> Make one from the shown run
        </button>
      </div>
    </div>
  );
}

function Body() {
  const all = useOutcomes();
  const open = useCases((state) => state.open);
  const one = open === null ? undefined : all[open];
  if (one && open !== null) return <CaseOutcome key={open} index={open} test={one.test} outcome={one.outcome} />;
  const wrong = all.flatMap((each, index) => (each.outcome && !each.outcome.result.passed ? [{ ...each, index }] : []));
  const ran = all.some(({ outcome }) => outcome);
  return (
    <>
      {!ran && <p className="case-note">Run them all, or choose one to see and to change what it expects.</p>}
      {wrong.map(({ index, test, outcome }) => (
        <CaseOutcome key={index} index={index} test={test} outcome={outcome} named />
      ))}
      <Missed />
    </>
  );
}

export function CaseResults() {
  const some = useOutcomes().length > 0;
  if (!some) return <Empty />;
  return (
    <div className="shown-run">
      <Head />
      <div className="case-results" data-testid="case-results">
        <Body />
      </div>
    </div>
  );
}
