/** What the shown run did at a node: a picker where it fired several times, and the step. */
import { useMemo } from "react";

import { StepDetails } from "../runs/StepDetails";
import { StepRerun } from "../runs/StepRerun";
import { isItem } from "../store/fold";
import { useRuns } from "../store/runs";
import { useInspector } from "./state";
import { Why } from "./Why";

export function NodeRun({ node }: { node: string }) {
  const shown = useRuns((state) => state.shown);
  const all = useRuns((state) => state.steps);
  const wanted = useInspector((state) => state.step);
  const steps = useMemo(() => all.filter((step) => step.node === node), [all, node]);
  const at = steps.findIndex((step) => step.path === wanted);
  const whole = steps.findLastIndex((step) => !isItem(step.path));
  const index = at < 0 ? whole : at;
  const step = steps[index];
  if (!shown) return <p className="panel-empty">Run the blueprint, or choose a run below, to see what this node did.</p>;
  if (!step) {
    return (
      <div className="node-run">
        <p className="step-note">This node has not fired in the shown run.</p>
        <Why node={node} step={null} />
      </div>
    );
  }
  const pick = (to: number): void => useInspector.setState({ step: steps[to]?.path ?? null });
  return (
    <div className="node-run">
      {steps.length > 1 && (
        <div className="step-picker">
          <button type="button" className="small-tool" aria-label="Firing before" disabled={index === 0} onClick={() => pick(index - 1)}>
            ‹
          </button>
          <select
            className="control"
            aria-label="Firing"
            value={index}
            onChange={(event) => pick(Number(event.target.value))}
            data-testid="step-picker"
          >
            {steps.map((one, position) => (
              <option key={one.path} value={position}>
                {isItem(one.path) ? one.path : `${position + 1} of ${steps.length}`} · {one.status}
              </option>
            ))}
          </select>
          <button
            type="button"
            className="small-tool"
            aria-label="Firing after"
            disabled={index === steps.length - 1}
            onClick={() => pick(index + 1)}
          >
            ›
          </button>
        </div>
      )}
      <StepDetails key={step.path} step={step} />
      {!isItem(step.path) && <StepRerun key={`rerun-${shown}-${step.path}`} step={step} />}
      {!isItem(step.path) && <Why node={node} step={index === whole ? null : step.path} />}
    </div>
  );
}
