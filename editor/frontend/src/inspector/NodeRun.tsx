/** What the shown run did at a node: a picker where it fired several times, and the step. */
import { Rows3 } from "lucide-react";
import { useMemo } from "react";

import { useDebug } from "../runs/debug";
import { useFirings } from "../runs/firing";
import { ChildRuns } from "../runs/LinkedRuns";
import { StepDetails } from "../runs/StepDetails";
import { StepRerun } from "../runs/StepRerun";
import { showRunView } from "../runs/view";
import { isItem, iterationOf, undoes } from "../store/fold";
import { stepOf, useRuns } from "../store/runs";
import { ItemDetails } from "./ItemDetails";
import { IterationPicker } from "./IterationPicker";
import { heldIn, iterationFor, iterationsAround, iterationsIn, iterationsOf, missedIn } from "./iterations";
import { useInspector } from "./state";
import { Why } from "./Why";
import { entryOf } from "../model/own";

/** A list that nobody would scroll to its end; the arrows, the timeline and the grid of items lead to all others. */
const LISTED = 500;

function totalOf(frame: string): number | undefined {
  return stepOf(frame)?.items?.length;
}

/** A node's id alone asks for its last firing; the first of several is asked for by its number. */
function numbered(path: string): string {
  return /#\d+$/.test(path) ? path : `${path}#1`;
}

export function NodeRun({ node, calls }: { node: string; calls: boolean }) {
  const shown = useRuns((state) => state.shown);
  const all = useRuns((state) => state.steps);
  const wanted = useInspector((state) => state.step);
  const chosen = useInspector((state) => state.iteration);
  const own = useMemo(() => all.filter((step) => step.node === node), [all, node]);
  const frame = useRuns((state) => entryOf(state.run?.document?.nodes, node)?.frame);
  const choices = useMemo(() => {
    if (!frame) return iterationsOf(own, totalOf);
    const firings = new Set(all.filter((step) => step.node === frame).map((step) => step.path));
    return iterationsAround(node, all, (step) => firings.has(step), totalOf);
  }, [all, own, node, frame]);
  const inside = useMemo(() => {
    const firings = new Set(own.map((step) => step.path));
    return iterationsIn(all, (step) => firings.has(step), totalOf);
  }, [all, own]);
  const item = useInspector((state) => state.item);
  const firings = useFirings();
  const nodes = useRuns((state) => state.run?.document?.nodes);
  const missed = useMemo(() => {
    const frames: string[] = [];
    for (let around = frame; around; around = entryOf(nodes, around)?.frame) frames.unshift(around);
    return missedIn(choices, chosen, frames, all, totalOf);
  }, [choices, chosen, frame, nodes, all]);
  const iteration = missed?.path ?? iterationFor(choices, chosen);
  const held = useDebug((state) => heldIn(state.now?.held ?? [], node, iteration));
  const steps = useMemo(() => own.filter((step) => iterationOf(step.path) === iteration), [own, iteration]);
  const at = steps.findIndex((step) => step.path === wanted);
  const whole = steps.findLastIndex((step) => !isItem(step.path));
  const index = at < 0 ? whole : at;
  const step = steps[index];
  if (!shown) return <p className="panel-empty">Run the blueprint, or choose a run below, to see what this node did.</p>;
  if (item !== null) {
    return (
      <div className="node-run">
        <ItemDetails key={item} path={item} />
      </div>
    );
  }
  const picker = (choices.length > 0 || missed) && (
    <IterationPicker choices={missed ? [missed, ...choices] : choices} value={iteration} onPick={(path) => useInspector.setState({ iteration: path, step: null })} />
  );
  if (!step) {
    return (
      <div className="node-run">
        {picker}
        <Why node={node} step={iteration ? `${iteration}/${node}` : null} />
      </div>
    );
  }
  // A firing that the debugger holds has no event yet, but it is the last of its iteration.
  const asked = iteration ? (held ?? step.path) : null;
  const wholes = steps.filter(({ path }) => !isItem(path));
  const from = Math.max(0, Math.min(index - LISTED / 2, steps.length - LISTED));
  const pick = (to: number): void => useInspector.setState({ step: steps[to]?.path ?? null });
  return (
    <div className="node-run">
      {picker}
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
            {steps.slice(from, from + LISTED).map((one, position) => (
              <option key={one.path} value={from + position}>
                {isItem(one.path) ? one.path : `${wholes.indexOf(one) + 1} of ${wholes.length}`} · {one.status}
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
      {firings.length > 0 && (
        <button type="button" className="button items-button" onClick={() => showRunView("items")} data-testid="show-items">
          <Rows3 size={14} aria-hidden /> Show its items
        </button>
      )}
      {inside.length > 0 && (
        <section className="step-inside">
          <h3>What the nodes inside show</h3>
          <IterationPicker
            choices={inside}
            value={inside.some(({ path }) => path === chosen) ? (chosen ?? "") : ""}
            onPick={(path) => useInspector.setState({ iteration: path })}
          />
        </section>
      )}
      {calls && <ChildRuns key={`children-${shown}-${step.path}`} step={step} />}
      <StepDetails key={step.path} step={step}>
        {!isItem(step.path) && <Why node={node} step={index === whole ? asked : numbered(step.path)} />}
      </StepDetails>
      {!isItem(step.path) && !undoes(step.path) && <StepRerun key={`rerun-${shown}-${step.path}`} step={step} />}
    </div>
  );
}
