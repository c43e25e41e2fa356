/** The blueprint's tests with how each went last; one opens, and each can be run by itself. */
import { Play } from "lucide-react";

import type { TestCase } from "../model/types";
import { deleteTest, openTest, type Outcome, runTests, useCases, useOutcomes } from "../store/cases";
import { useMay } from "../store/rights";
import { useSelection } from "../store/selection";
import { CaseSign } from "./CaseSign";
import { CASE_TONES, CASE_WORDS, stateOf, timeOf } from "./state";

interface RowProps {
  index: number;
  test: TestCase;
  outcome: Outcome | null;
}

/** A press on the open test closes it, unless its form is hidden by that of a node. */
function choose(index: number, open: boolean): void {
  const { nodes, edges } = useSelection.getState();
  openTest(open && nodes.size + edges.size === 0 ? null : index);
}

/** Give the keys to a test of the list, or to what makes one where there is none. */
export function focusRow(index: number): void {
  const rows = document.querySelectorAll<HTMLElement>(".case-open");
  (rows[Math.min(index, rows.length - 1)] ?? document.querySelector<HTMLElement>("[data-testid=new-test]"))?.focus();
}

function Row({ index, test, outcome }: RowProps) {
  const open = useCases((state) => state.open === index);
  const running = useCases((state) => state.running);
  const runs = useMay("run");
  const state = stateOf(outcome, running?.has(test.name) ?? false);
  const stale = outcome?.stale === true && state !== "running";
  const took = outcome && state !== "running" && state !== "refused" ? timeOf(outcome.result.seconds) : "";
  return (
    <li className="case-row" data-state={state} data-status={CASE_TONES[state]} data-stale={stale || undefined} data-testid={`case-${index}`}>
      <button
        type="button"
        className="case-open"
        aria-current={open || undefined}
        title={stale ? `${test.name}: ${CASE_WORDS[state]}, but then it or the drawing was changed` : test.name}
        onClick={() => choose(index, open)}
        onKeyDown={(event) => {
          const way = { ArrowDown: 1, ArrowUp: -1 }[event.key];
          if (way !== undefined) focusRow(Math.max(0, index + way));
          else if (event.key === "Delete") {
            deleteTest(index);
            requestAnimationFrame(() => focusRow(index));
          } else return;
          // These keys don't mean the node on the canvas here.
          event.preventDefault();
          event.stopPropagation();
        }}
      >
        <CaseSign state={state} />
        <span className="case-name">{test.name}</span>
        <span className="case-word">
          {stale && <span className="visually-hidden">{CASE_WORDS[state]}, then </span>}
          {stale ? "changed" : CASE_WORDS[state]}
        </span>
        <span className="case-time">{took}</span>
      </button>
      {runs && <button
        type="button"
        className="small-tool"
        disabled={running !== null}
        aria-label={`Run the test “${test.name}”`}
        title="Run this test"
        onClick={() => void runTests(index)}
        data-testid={`run-case-${index}`}
      >
        <Play size={12} aria-hidden />
      </button>}
    </li>
  );
}

export function CaseList() {
  const outcomes = useOutcomes();
  return (
    <ol className="run-list case-list" aria-label="Tests of this blueprint" data-testid="case-list">
      {outcomes.length === 0 && <li className="run-list-empty">No tests yet.</li>}
      {outcomes.map(({ test, outcome }, index) => (
        <Row key={index} index={index} test={test} outcome={outcome} />
      ))}
    </ol>
  );
}
