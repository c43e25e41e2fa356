/** How one test went: every difference with both values, or why it was refused and what mends that. */
import { Check, Pencil, ShieldCheck } from "lucide-react";

import { preview } from "../runs/ValueView";
import { strangers, undecided, withMock, withoutMock, withoutNode } from "../model/cases";
import { canExpect, type Difference, expecting, type Side, tell } from "../model/differences";
import type { TestCase } from "../model/types";
import { changeTest, openTest, type Outcome, runTests, useCases } from "../store/cases";
import { useDraft } from "../store/document";
import { CaseSign } from "./CaseSign";
import { mockFor } from "./fromRun";
import { mockFieldId } from "./Mocks";
import { CASE_TONES, stateOf, timeOf } from "./state";

const LONGEST = 400;

function SideCell({ side }: { side: Side }) {
  if ("words" in side) return <em>{side.words}</em>;
  const text = JSON.stringify(side.value);
  if (text.length <= LONGEST) return <code>{text}</code>;
  return <code title={preview(side.value)}>{text.slice(0, LONGEST)}…</code>;
}

function Differences({ index, differences }: { index: number; differences: readonly Difference[] }) {
  return (
    <ul className="case-differences">
      {differences.map((difference, at) => {
        const told = tell(difference);
        return (
          <li key={at} data-testid={`difference-${index}-${at}`}>
            <p className="case-place">
              <code>{told.place}</code>
              {told.note && <small>{told.note}</small>}
            </p>
            <dl>
              <div className="is-expected">
                <dt>expected</dt>
                <dd>
                  <SideCell side={told.expected} />
                </dd>
              </div>
              <div className="is-actual">
                <dt>came</dt>
                <dd>
                  <SideCell side={told.actual} />
                </dd>
              </div>
            </dl>
            {canExpect(difference) && (
              <button
                type="button"
                className="small-tool"
                aria-label={`Expect what came at ${told.place}`}
                title="Expect what came"
                onClick={() => changeTest(index, (now) => expecting(now, difference), true)}
                data-testid={`expect-${index}-${at}`}
              >
                <Check size={13} aria-hidden />
              </button>
            )}
          </li>
        );
      })}
    </ul>
  );
}

/** Why a test was not run, and what can be done about it here. */
function Refused({ index, test, reason, stale }: { index: number; test: TestCase; reason: string; stale: boolean }) {
  const nodes = useDraft((state) => state.nodes);
  const nodesById = useDraft((state) => state.nodesById);
  const types = useDraft((state) => state.types);
  const open = undecided(test, nodes, types);
  const unknown = strangers(test, nodesById);
  // Once it is mended only another run can tell.
  if (stale && open.length + unknown.length === 0) return null;
  const mock = async (node: string): Promise<void> => {
    const made = await mockFor(node);
    changeTest(index, (now) => withMock(now, node, made), true);
    openTest(index, mockFieldId(node));
  };
  return (
    <div className="case-refused">
      <p>{reason}</p>
      <div>
        {open.map(({ id }) => (
          <button key={`mock-${id}`} type="button" className="button" onClick={() => void mock(id)} data-testid={`mend-mock-${id}`}>
            <ShieldCheck size={13} aria-hidden /> Mock <code>{id}</code>
          </button>
        ))}
        {open.map(({ id }) => (
          <button
            key={`real-${id}`}
            type="button"
            className="button"
            title="The test then does what the node does outside"
            onClick={() => changeTest(index, (now) => withoutMock(now, id, true), true)}
          >
            Let <code>{id}</code> work outside
          </button>
        ))}
        {unknown.map((id) => (
          <button key={`gone-${id}`} type="button" className="button" onClick={() => changeTest(index, (now) => withoutNode(now, id), true)}>
            Take <code>{id}</code> out of the test
          </button>
        ))}
        {open.length + unknown.length === 0 && (
          <button type="button" className="button" onClick={() => openTest(index, "setting-test-inputs")}>
            <Pencil size={13} aria-hidden /> Change the test
          </button>
        )}
      </div>
    </div>
  );
}

interface Props {
  index: number;
  test: TestCase;
  outcome: Outcome | null;
  /** Its name leads to its form. */
  named?: boolean;
}

export function CaseOutcome({ index, test, outcome, named = false }: Props) {
  const running = useCases((state) => state.running?.has(test.name) ?? false);
  const state = stateOf(outcome, running);
  const result = outcome?.result;
  const differences = result?.differences ?? [];
  const mendable = differences.filter(canExpect);
  const places = differences.length === 1 ? "in one place" : `in ${differences.length} places`;
  const said = {
    running: "Running…",
    unknown: "Not run yet",
    passed: "Passed",
    differs: `Differs ${places}`,
    refused: "Refused",
  }[state];
  return (
    <section className="case-outcome" data-state={state} data-status={CASE_TONES[state]} data-testid={`outcome-${index}`}>
      <header>
        <CaseSign state={state} />
        {named ? (
          <button type="button" className="link" onClick={() => openTest(index)}>
            {test.name}
          </button>
        ) : (
          <span className="case-said">{said}</span>
        )}
        {!named && result && !result.refused && (
          <span className="case-facts">
            {result.status && <>{result.status} · </>}
            {timeOf(result.seconds)}
          </span>
        )}
        {mendable.length > 1 && (
          <button
            type="button"
            className="views-tool"
            title="Change the test: all that differs becomes what it expects"
            onClick={() => changeTest(index, (now) => mendable.reduce(expecting, now), true)}
            data-testid={`expect-all-${index}`}
          >
            <Check size={13} aria-hidden /> Expect all
          </button>
        )}
      </header>
      {outcome?.stale && !running && (
        <p className="case-note">
          The test or the drawing was changed since.{" "}
          <button type="button" className="link" onClick={() => void runTests(index)}>
            Run it again
          </button>
        </p>
      )}
      {result?.refused && <Refused index={index} test={test} reason={result.refused} stale={outcome?.stale === true} />}
      {differences.length > 0 && <Differences index={index} differences={differences} />}
    </section>
  );
}
