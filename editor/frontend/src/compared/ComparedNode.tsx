/** A node of two runs that are compared, in place of its form: both sides of one of its firings. */
import { GitCompareArrows, X } from "lucide-react";
import { useMemo } from "react";

import { Tool } from "../actions/Tool";
import type { Json } from "../model/types";
import { shortDuration } from "../runs/format";
import { StatusPill } from "../runs/StatusPill";
import { inputsOf, plain } from "../runs/values";
import { NODE_SETTINGS } from "../inspector/settings";
import { lookAtNode, useCompared } from "../store/compared";
import { useDraft } from "../store/document";
import type { StepView } from "../store/fold";
import { ValueChanges } from "../versions/ValueChanges";
import { type Side, useTwoRuns } from "./state";
import { namesOf, SIDES, stepWords } from "./words";
import { ValuesCompared } from "./ValueDiff";
import { entryOf } from "../model/own";

/** A list that nobody would scroll to its end; the arrows lead on. */
const LISTED = 500;

interface Firing {
  readonly path: string;
  readonly words: string;
}

/** The firings to choose from: those that differ; where none does, all. */
function useFirings(node: string): readonly Firing[] {
  const difference = useTwoRuns((state) => state.byNode.get(node));
  const sides = useTwoRuns((state) => state.sides);
  return useMemo(() => {
    if (difference) return difference.steps.map((step) => ({ path: step.path, words: stepWords(step) }));
    const paths = new Set(sides?.flatMap(({ fold }) => fold.stepsOfNode.get(node) ?? []));
    return [...paths].map((path) => ({ path, words: `${path} · the same` }));
  }, [difference, sides, node]);
}

function Picker({ firings, at }: { firings: readonly Firing[]; at: number }) {
  const go = (to: number): void => {
    const firing = firings[to];
    if (firing) lookAtNode(useCompared.getState().node, firing.path);
  };
  const from = Math.max(0, Math.min(at - LISTED / 2, firings.length - LISTED));
  return (
    <div className="step-picker">
      <button type="button" className="small-tool" aria-label="Firing before" disabled={at === 0} onClick={() => go(at - 1)}>
        ‹
      </button>
      <select className="control" aria-label={`Firing, ${at + 1} of ${firings.length}`} value={at} onChange={(event) => go(Number(event.target.value))} data-testid="compared-firing">
        {firings.slice(from, from + LISTED).map(({ path, words }, index) => (
          <option key={path} value={from + index}>
            {words}
          </option>
        ))}
      </select>
      <button type="button" className="small-tool" aria-label="Firing after" disabled={at >= firings.length - 1} onClick={() => go(at + 1)}>
        ›
      </button>
    </div>
  );
}

function Facts({ steps, sides }: { steps: readonly (StepView | undefined)[]; sides: readonly Side[] }) {
  const row = (label: string, tell: (step: StepView) => React.ReactNode) => (
    <tr>
      <th scope="row">{label}</th>
      {steps.map((step, side) => (
        <td key={side}>{step ? tell(step) : "–"}</td>
      ))}
    </tr>
  );
  return (
    <table className="compared-facts">
      <thead>
        <tr>
          <td />
          {namesOf(sides).map((name, index) => (
            <th key={index} scope="col" title={name}>
              {SIDES[index]}
              <small>{name}</small>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {row("Status", (step) => (
          <StatusPill status={step.status} />
        ))}
        {row("Duration", (step) => (step.duration === null ? "–" : shortDuration(step.duration)))}
        {row("Attempts", (step) => step.attempt)}
      </tbody>
    </table>
  );
}

function Values({ steps, sides }: { steps: readonly [StepView | undefined, StepView | undefined]; sides: readonly [Side, Side] }) {
  const alike = useTwoRuns((state) => state.found?.alike);
  if (!alike) return null;
  const runs = [sides[0].run.id, sides[1].run.id] as const;
  const both = (tell: (step: StepView, side: Side) => Json | undefined): { before: Json | undefined; after: Json | undefined } => ({
    before: steps[0] && tell(steps[0], sides[0]),
    after: steps[1] && tell(steps[1], sides[1]),
  });
  const valuesIn = (values: Readonly<Record<string, Json>>, port: string): Json | undefined => (Object.keys(values).length ? plain(values, port) : undefined);
  const given = both((step, { fold, document }) => valuesIn(inputsOf(step, { find: (path) => fold.steps.get(path), document }), "in"));
  return (
    <>
      <ValuesCompared title="Error" {...both(({ error }) => (error as Json | null) ?? undefined)} alike={alike} runs={runs} />
      <ValuesCompared title="Output" {...both(({ outputs }) => valuesIn(outputs, "out"))} alike={alike} runs={runs} />
      <ValuesCompared title="Input" {...given} alike={alike} runs={runs} />
    </>
  );
}

/** That only one of the two drawings has the node, or that it is drawn otherwise in them. */
function Drawing({ node, sides }: { node: string; sides: readonly [Side, Side] }) {
  const change = useTwoRuns((state) => state.changes.get(node));
  const spec = useDraft((state) => state.types.get(change?.node.kind ?? ""));
  if (!change) return null;
  const has = change.sign === "+" ? 1 : 0;
  if (change.sign !== "~") {
    const { version } = sides[has].run;
    return (
      <p className="step-note" data-testid="only-one-version">
        Only the {SIDES[has].toLowerCase()} run’s drawing has this node ({version === null ? "draft" : `version ${version}`}).
      </p>
    );
  }
  return (
    <section className="value-view" aria-label="Drawn otherwise" data-testid="drawn-otherwise">
      <header>
        <h3>Drawn otherwise</h3>
      </header>
      <ValueChanges changes={change.values} holders={{ parameters: spec?.parameters, settings: NODE_SETTINGS }} />
    </section>
  );
}

function Node({ node, sides }: { node: string; sides: readonly [Side, Side] }) {
  const types = useDraft((state) => state.types);
  const wanted = useCompared((state) => state.step);
  useTwoRuns((state) => state.found);
  const firings = useFirings(node);
  const known = wanted === null ? -1 : firings.findIndex(({ path }) => path === wanted);
  const at = Math.max(0, known);
  const path = firings[at]?.path;
  const drawn = entryOf(sides[1].document.nodes, node) ?? entryOf(sides[0].document.nodes, node);
  const steps = [sides[0].fold.steps.get(path ?? ""), sides[1].fold.steps.get(path ?? "")] as const;
  return (
    <>
      <header className="inspector-head">
        <div>
          <h2>{drawn?.title || types.get(drawn?.kind ?? "")?.title || node}</h2>
          <p>
            {drawn?.kind} · <code>{node}</code>
          </p>
        </div>
        <Tool label="Close" icon={X} onClick={() => lookAtNode(null)} />
      </header>
      <div className="inspector-scroll" data-testid="compared-node">
        <div className="node-run">
          <Drawing node={node} sides={sides} />
          {firings.length > 1 && <Picker firings={firings} at={at} />}
          {path === undefined ? (
            <p className="step-note">It ran in neither of the two.</p>
          ) : (
            <>
              <Facts steps={steps} sides={sides} />
              <Values key={path} steps={steps} sides={sides} />
            </>
          )}
        </div>
      </div>
    </>
  );
}

export function ComparedNode() {
  const node = useCompared((state) => state.node);
  const sides = useTwoRuns((state) => state.sides);
  return (
    <div className="inspector">
      {node && sides ? (
        <Node key={node} node={node} sides={sides} />
      ) : (
        <p className="panel-empty">
          <GitCompareArrows size={15} aria-hidden /> Choose a difference below, or a node on the canvas, to see both sides of it.
        </p>
      )}
    </div>
  );
}
