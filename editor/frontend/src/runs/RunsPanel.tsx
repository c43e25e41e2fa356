/** The drawer: the list of runs, and the shown run's steps, log and outputs; or the blueprint's tests. */
import { FlaskConical, GitCompareArrows, Plus } from "lucide-react";

import { actionNamed } from "../actions/list";
import { makeTestFromRun } from "../cases/fromRun";
import { openStep } from "../inspector/state";
import { Words } from "../inspector/Words";
import type { Json, RunError } from "../model/types";
import { newTest, showView, useCases } from "../store/cases";
import { useCompared } from "../store/compared";
import { useDraft } from "../store/document";
import { useMay } from "../store/rights";
import { runAgain, stepOf, useRuns } from "../store/runs";
import { useFirings } from "./firing";
import { Log } from "./Log";
import { RunList } from "./RunList";
import { Timeline } from "./Timeline";
import { ValueView } from "./ValueView";
import { showRunView, useView, type View } from "./view";
import { later } from "../later";
import { Part } from "../Part";

const Differences = later(() => import("../compared/Differences").then((m) => m.Differences));
const ItemGrid = later(() => import("./ItemGrid").then((m) => m.ItemGrid));
const CaseList = later(() => import("../cases/CaseList").then((m) => m.CaseList));
const CaseResults = later(() => import("../cases/CaseResults").then((m) => m.CaseResults));

function Views({ view, onView }: { view: View; onView: (view: View) => void }) {
  const steps = useRuns((state) => state.steps.length);
  const lines = useRuns((state) => state.log.length);
  const over = useRuns((state) => state.over);
  const edits = useMay("edit");
  const items = useFirings().length > 0;
  const others = useRuns((state) => state.list.some((run) => run.id !== state.shown));
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
        {items && tab("items", "Items")}
        {tab("log", "Log", lines)}
        {tab("values", "Inputs and outputs")}
      </div>
      <button type="button" className="views-tool" disabled={!others} title="Compare the run with another one (Shift+M)" onClick={() => actionNamed("compare-runs")?.perform()} data-testid="compare-with">
        <GitCompareArrows size={13} aria-hidden /> <span className="views-word">Compare with…</span>
      </button>
      {edits && <button
        type="button"
        className="views-tool"
        disabled={!over}
        title={over ? "A test with this run’s inputs, with what its nodes outside gave, and with how it ended (Shift+T)" : "The run has not ended yet"}
        onClick={() => void makeTestFromRun()}
        data-testid="test-from-run"
      >
        <FlaskConical size={13} aria-hidden /> <span className="views-word">Make a test</span>
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

/** What cannot be read of the shown run, and what is left to do. */
function Unreadable({ code, why }: { code: string; why: string }) {
  const over = useRuns((state) => state.over);
  const runs = useMay("run");
  return (
    <p className="shown-run-error" data-code={code} role="alert" data-testid="unreadable">
      <Words text={why} />
      {over && runs && (
        <button type="button" onClick={() => void runAgain("start")}>
          Run it again from its start
        </button>
      )}
    </p>
  );
}

function ShownRun() {
  const wanted = useView((state) => state.view);
  const items = useFirings().length > 0;
  const view = wanted === "items" && !items ? "steps" : wanted;
  const steps = useRuns((state) => state.steps);
  const log = useRuns((state) => state.log);
  const { started, queued, ended, error } = useRuns((state) => state.summary);
  const origin = error && originOf(error);
  const unreadable = useRuns((state) => state.unreadable);
  return (
    <div className="shown-run">
      <Views view={view} onView={showRunView} />
      {unreadable !== null && unreadable.message !== error?.message && <Unreadable code={unreadable.code} why={unreadable.message} />}
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
      {view === "items" && (
        <Part>
          <ItemGrid />
        </Part>
      )}
      {view === "log" &&
        (log.length ? (
          <div className="shown-run-log">
            <Log lines={log} steps onStep={openStep} />
          </div>
        ) : (
          <p className="panel-empty">Nothing was logged. Nodes such as “Log” write here.</p>
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
  const comparing = useCompared((state) => state.other !== null);
  const view = useCases((state) => state.view);
  return (
    <div className="runs-panel">
      <div className="runs-side">
        <RunsOrTests />
        {view === "runs" ? (
          <RunList />
        ) : (
          <Part>
            <CaseList />
          </Part>
        )}
      </div>
      {comparing ? (
        <Part fallback={<div />}>
          <Differences />
        </Part>
      ) : view === "tests" ? (
        <Part fallback={<div />}>
          <CaseResults />
        </Part>
      ) : shown ? (
        <ShownRun key={shown} />
      ) : (
        <p className="panel-empty">Choose a run to see its steps here and on the canvas.</p>
      )}
    </div>
  );
}
