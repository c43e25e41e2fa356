/** The drawer: the list of runs, and the shown run's steps, log and outputs; or the blueprint's tests. */
import { FlaskConical, Plus } from "lucide-react";
import { lazy, Suspense, useState } from "react";

import { makeTestFromRun } from "../cases/fromRun";
import { openStep } from "../inspector/state";
import { Words } from "../inspector/Words";
import type { Json, RunError } from "../model/types";
import { newTest, showView, useCases } from "../store/cases";
import { useDraft } from "../store/document";
import { useMay } from "../store/rights";
import { stepOf, useRuns } from "../store/runs";
import { Log } from "./Log";
import { RunList } from "./RunList";
import { Timeline } from "./Timeline";
import { ValueView } from "./ValueView";

const CaseList = lazy(() => import("../cases/CaseList").then((m) => ({ default: m.CaseList })));
const CaseResults = lazy(() => import("../cases/CaseResults").then((m) => ({ default: m.CaseResults })));

type View = "steps" | "log" | "values";

function Views({ view, onView }: { view: View; onView: (view: View) => void }) {
  const steps = useRuns((state) => state.steps.length);
  const lines = useRuns((state) => state.log.length);
  const over = useRuns((state) => state.over);
  const edits = useMay("edit");
  const tab = (name: View, label: string, count?: number) => (
    <button type="button" role="tab" aria-selected={view === name} onClick={() => onView(name)}>
      {label}
      {count ? <span className="tab-count">{count}</span> : null}
    </button>
  );
  return (
    <div className="run-views">
      <div role="tablist" aria-label="The shown run">
        {tab("steps", "Steps", steps)}
        {tab("log", "Log", lines)}
        {tab("values", "Inputs and outputs")}
      </div>
      {edits && <button
        type="button"
        className="views-tool"
        disabled={!over}
        title={over ? "A test with this run’s inputs, with what its nodes outside gave, and with how it ended (Shift+T)" : "The run has not ended yet"}
        onClick={() => void makeTestFromRun()}
        data-testid="test-from-run"
      >
        <FlaskConical size={13} aria-hidden /> Make a test
      </button>}
    </div>
  );
}

function RunValues() {
  const summary = useRuns((state) => state.summary);
  const run = useRuns((state) => state.run);
  const inputs: Json = summary.inputs ?? run?.inputs ?? {};
  return (
    <div className="run-values">
      {summary.outputs && <ValueView title="Outputs" value={{ ...summary.outputs }} />}
      <ValueView title="Inputs" value={inputs} />
    </div>
  );
}

/** The step that an error began at: of a frame's error that is inside, where the run got that far. */
function originOf(error: RunError): string {
  const { data } = error;
  const inner = data && typeof data === "object" && !Array.isArray(data) ? data.step : undefined;
  return typeof inner === "string" && stepOf(inner) ? inner : (error.step ?? "");
}

function ShownRun() {
  const [view, setView] = useState<View>("steps");
  const steps = useRuns((state) => state.steps);
  const log = useRuns((state) => state.log);
  const { started, queued, ended, error } = useRuns((state) => state.summary);
  const origin = error && originOf(error);
  return (
    <div className="shown-run">
      <Views view={view} onView={setView} />
      {error && (
        <p className="shown-run-error">
          <Words text={error.message} />
          {origin && (
            <button type="button" onClick={() => openStep(origin)}>
              Show step {origin}
            </button>
          )}
        </p>
      )}
      {view === "steps" && <Timeline steps={steps} begun={started ?? queued} ended={ended} />}
      {view === "log" &&
        (log.length ? (
          <div className="shown-run-log">
            <Log lines={log} steps onStep={openStep} />
          </div>
        ) : (
          <p className="panel-empty">Nothing was logged. Nodes such as “Log message” write here.</p>
        ))}
      {view === "values" && <RunValues />}
    </div>
  );
}

function RunsOrTests() {
  const view = useCases((state) => state.view);
  const tests = useDraft((state) => state.tests.length);
  const edits = useMay("edit");
  return (
    <div className="run-views">
      <div role="tablist" aria-label="Runs or tests">
        <button type="button" role="tab" aria-selected={view === "runs"} onClick={() => showView("runs")} data-testid="view-runs">
          Runs
        </button>
        <button type="button" role="tab" aria-selected={view === "tests"} onClick={() => showView("tests")} data-testid="view-tests">
          Tests
          {tests > 0 && <span className="tab-count">{tests}</span>}
        </button>
      </div>
      {view === "tests" && edits && (
        <button type="button" className="views-tool" onClick={newTest} data-testid="new-test">
          <Plus size={13} aria-hidden /> New test
        </button>
      )}
    </div>
  );
}

export function RunsPanel() {
  const shown = useRuns((state) => state.shown);
  const view = useCases((state) => state.view);
  return (
    <div className="runs-panel">
      <div className="runs-side">
        <RunsOrTests />
        {view === "runs" ? (
          <RunList />
        ) : (
          <Suspense>
            <CaseList />
          </Suspense>
        )}
      </div>
      {view === "tests" ? (
        <Suspense fallback={<div />}>
          <CaseResults />
        </Suspense>
      ) : shown ? (
        <ShownRun key={shown} />
      ) : (
        <p className="panel-empty">Choose a run to see its steps here and on the canvas.</p>
      )}
    </div>
  );
}
