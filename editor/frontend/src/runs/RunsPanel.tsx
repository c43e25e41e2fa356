/** The drawer: the list of runs, and the shown run's steps, log and outputs. */
import { useState } from "react";

import { openStep } from "../inspector/state";
import type { Json } from "../model/types";
import { useRuns } from "../store/runs";
import { Log } from "./Log";
import { RunList } from "./RunList";
import { Timeline } from "./Timeline";
import { ValueView } from "./ValueView";

type View = "steps" | "log" | "values";

function Views({ view, onView }: { view: View; onView: (view: View) => void }) {
  const steps = useRuns((state) => state.steps.length);
  const lines = useRuns((state) => state.log.length);
  const tab = (name: View, label: string, count?: number) => (
    <button type="button" role="tab" aria-selected={view === name} onClick={() => onView(name)}>
      {label}
      {count ? <span className="tab-count">{count}</span> : null}
    </button>
  );
  return (
    <div className="run-views" role="tablist" aria-label="The shown run">
      {tab("steps", "Steps", steps)}
      {tab("log", "Log", lines)}
      {tab("values", "Inputs and outputs")}
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

function ShownRun() {
  const [view, setView] = useState<View>("steps");
  const steps = useRuns((state) => state.steps);
  const log = useRuns((state) => state.log);
  const { started, queued, ended, error } = useRuns((state) => state.summary);
  return (
    <div className="shown-run">
      <Views view={view} onView={setView} />
      {error && (
        <p className="shown-run-error">
          {error.message}
          {error.step && (
            <button type="button" onClick={() => openStep(error.step ?? "")}>
              Show step {error.step}
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

export function RunsPanel() {
  const shown = useRuns((state) => state.shown);
  return (
    <div className="runs-panel">
      <RunList />
      {shown ? (
        <ShownRun key={shown} />
      ) : (
        <p className="panel-empty">Choose a run to see its steps here and on the canvas.</p>
      )}
    </div>
  );
}
