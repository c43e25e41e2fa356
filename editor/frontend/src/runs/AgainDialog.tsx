/** Running the shown run again: from where, on which drawing, and what of it is taken over or not, and why. */
import { RotateCcw } from "lucide-react";
import { useEffect, useState } from "react";

import { ApiError } from "../api/http";
import { Dialog } from "../frame/Dialog";
import { useInspector } from "../inspector/state";
import { Words } from "../inspector/Words";
import { isItem, undoes } from "../store/fold";
import { useDraft } from "../store/document";
import { type Again, type Drawing, planAgain, type Plan, runAgain, useRuns } from "../store/runs";
import { useSelectedNode } from "../store/selection";

/** Who reads more of them than this looks at the steps themselves. */
const LISTED = 100;

/** The step that somebody looks at: the one that is open, or the last of the selected node. */
function useChosenStep(): string | null {
  const opened = useInspector((state) => state.step);
  const node = useSelectedNode();
  const steps = useRuns((state) => state.steps);
  const own = steps.filter((step) => step.node === node && !isItem(step.path) && !undoes(step.path) && step.status !== "skipped");
  return (own.find(({ path }) => path === opened) ?? own.at(-1))?.path ?? null;
}

function usePlan(from: Again, version: Drawing): Plan | string | null {
  const [plan, setPlan] = useState<Plan | string | null>(null);
  const key = JSON.stringify([from, version]);
  useEffect(() => {
    let stale = false;
    setPlan(null);
    planAgain(from, version).then(
      (found) => void (stale || setPlan(found)),
      (error: unknown) => {
        if (!(error instanceof ApiError)) throw error;
        if (!stale) setPlan(error.problems[0]?.message ?? error.message);
      },
    );
    return () => {
      stale = true;
    };
  }, [key]);
  return plan;
}

function Steps({ title, steps, testId }: { title: string; steps: readonly { step: string; reason?: string }[]; testId: string }) {
  return (
    <section className="again-steps" data-testid={testId}>
      <h3>
        {title} <span className="tab-count">{steps.length.toLocaleString("en")}</span>
      </h3>
      <ul>
        {steps.slice(0, LISTED).map(({ step, reason }) => (
          <li key={step}>
            <code>{step}</code> {reason && <Words text={reason} />}
          </li>
        ))}
        {steps.length > LISTED && <li>and {(steps.length - LISTED).toLocaleString("en")} more</li>}
      </ul>
    </section>
  );
}

export function AgainDialog({ onClose }: { onClose: () => void }) {
  const run = useRuns((state) => state.run);
  const failed = useRuns((state) => state.summary.status !== "succeeded");
  const published = useDraft((state) => state.blueprint.published?.number ?? null);
  const step = useChosenStep();
  const draft = run?.version === null;
  const [begin, setBegin] = useState(failed ? "failed" : "start");
  const [version, setVersion] = useState<Drawing>(draft ? "draft" : "same");
  const from: Again = begin === "step" && step !== null ? { step } : begin === "failed" ? "failed" : "start";
  const plan = usePlan(from, version);
  return (
    <Dialog title="Run the shown run again" onClose={onClose} testId="again-dialog">
      <form
        className="run-dialog"
        onSubmit={(event) => {
          event.preventDefault();
          if (typeof plan === "string") return;
          onClose();
          void runAgain(from, version);
        }}
      >
        <label className="run-dialog-trigger">
          <span>Begin at</span>
          <select value={begin} onChange={(event) => setBegin(event.target.value)} data-testid="again-from">
            <option value="start">The start: everything runs again</option>
            {failed && <option value="failed">What failed or had not ended</option>}
            {step !== null && <option value="step">The step {step}</option>}
          </select>
        </label>
        <label className="run-dialog-trigger">
          <span>Run</span>
          <select value={version} onChange={(event) => setVersion(event.target.value as Drawing)} data-testid="again-version">
            <option value="same">{draft ? "The drawing as it was then" : `Version ${run?.version}, as then`}</option>
            {published !== null && published !== run?.version && <option value="published">Version {published}, which is published</option>}
            <option value="draft">The draft as it is now</option>
          </select>
        </label>
        {typeof plan === "string" && (
          <p className="field-error" role="alert">
            <Words text={plan} />
          </p>
        )}
        {plan === null && <p className="run-dialog-help">Looking at what can be taken over…</p>}
        {plan !== null && typeof plan !== "string" && (
          <>
            <Steps title="Taken over, and not done again" steps={plan.reused} testId="again-reused" />
            {plan.repeated.length > 0 && <Steps title="Run again" steps={plan.repeated} testId="again-repeated" />}
          </>
        )}
        <footer>
          <button type="button" className="button" onClick={onClose}>
            Close
          </button>
          <button type="submit" className="button button-primary" disabled={plan === null || typeof plan === "string"} data-testid="again-run">
            <RotateCcw size={14} aria-hidden /> Run again
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
