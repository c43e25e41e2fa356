/** One step of the shown run: state, inputs, output, error, log. */
import { RotateCcw, UserCheck } from "lucide-react";
import type { ReactNode } from "react";

import { Words } from "../inspector/Words";
import { waitSentence } from "../model/sentences";
import type { RunError } from "../model/types";
import { isItem, isMoving, iterationOf, undoes, type StepView } from "../store/fold";
import { useMay, useRights } from "../store/rights";
import { runAgain, stepOf, useRuns } from "../store/runs";
import { clock, elapsed, shortDuration } from "./format";
import { Log } from "./Log";
import { StatusPill } from "./StatusPill";
import { useMoment } from "./useNow";
import { inputsOf, plain, unknownPorts } from "./values";
import { ValueView } from "./ValueView";

const HANDLED_ITEM = {
  fail: "The other items were stopped.",
  route: "It went on through the error port.",
  continue: "It is listed at the port “errors”.",
};

const HANDLED = {
  fail: "The run failed with it.",
  route: "It went on through the error port.",
  continue: "The run went on without its value.",
};

function handledWords({ path }: StepView): typeof HANDLED {
  if (isItem(path)) return HANDLED_ITEM;
  const part = iterationOf(path);
  if (!part) return HANDLED;
  const ended = part.endsWith("[compensate]") ? "What undoes the step" : /\[\d+\]$/.test(part) ? "Its iteration of the frame" : "Its part of the frame";
  return { ...HANDLED, fail: `${ended} ended with it.` };
}

function StepError({ error, step }: { error: RunError; step: StepView }) {
  const { data } = error;
  return (
    <section className="step-error" role="alert" data-testid="step-error">
      <p>
        <Words text={error.message} /> <code>{error.code}</code>
      </p>
      {step.status === "retrying" && <p className="step-note">It is tried again.</p>}
      {step.handled && <p className="step-note">{handledWords(step)[step.handled]}</p>}
      {data !== undefined && <ValueView title="Details" value={data} />}
    </section>
  );
}

function StepFacts({ step }: { step: StepView }) {
  const moving = isMoving(step.status);
  const over = useRuns((state) => state.over);
  const runs = useMay("run");
  const now = useMoment(200, moving);
  const time = moving
    ? elapsed(Math.max(0, now - step.started))
    : step.duration === null
      ? ""
      : shortDuration(step.duration);
  return (
    <div className="step-facts">
      <StatusPill status={step.status} />
      {time && <span title={`Started ${clock(step.started)}`}>{time}</span>}
      {step.stoodIn && <span title={step.reusedFrom ? `Not done again: taken over from the run ${step.reusedFrom}` : "The node itself was not run"}>{step.stoodIn}</span>}
      {step.attempt > 1 && <span>attempt {step.attempt}</span>}
      {step.done !== null && moving && (
        <progress value={step.done} max={step.total ?? undefined} aria-label="Progress" />
      )}
      {over && runs && !undoes(step.path) && (
        <button
          type="button"
          className="step-again"
          disabled={step.status === "skipped"}
          title={
            step.status === "skipped"
              ? "It was skipped: nothing came to it that it could run with again. Begin at the step that turned away from it."
              : "A new run that takes over all that does not follow this step"
          }
          onClick={() => void runAgain({ step: step.path })}
          data-testid="rerun-step"
        >
          <RotateCcw size={13} aria-hidden /> Run again from here
        </button>
      )}
    </div>
  );
}

/** What the reasons below do not say: how it is with one item, and where an approval is given. */
function StepNote({ step }: { step: StepView }) {
  const approvals = useRuns((state) => state.approvals);
  const guest = useRights((state) => state.guest);
  const waits = step.status === "waiting";
  const said = isItem(step.path) && (waits ? waitSentence(step.until, step.waitsFor) : step.reason);
  return (
    <>
      {said && (
        <p className="step-note">
          <Words text={said} />
        </p>
      )}
      {waits && step.waitsFor?.kind === "approval" && !guest && (
        <a className="button step-link" href={approvals}>
          <UserCheck size={14} aria-hidden /> Open the approvals
        </a>
      )}
    </>
  );
}

/** One firing. What says more about how it stands comes before its values, which can be long. */
export function StepDetails({ step, children }: { step: StepView; children?: ReactNode }) {
  const document = useRuns((state) => state.run?.document);
  const inputs = inputsOf(step, { find: stepOf, document });
  const unknown = unknownPorts(step, inputs);
  const some = Object.keys(inputs).length > 0;
  const outputs = Object.keys(step.outputs).length > 0;
  return (
    <div className="step-details">
      <StepFacts step={step} />
      <StepNote step={step} />
      {step.error && <StepError error={step.error} step={step} />}
      {children}
      {outputs && <ValueView title="Output" value={plain(step.outputs, "out")} testId="step-output" />}
      {!outputs && step.partial !== undefined && <ValueView title="So far" value={step.partial} />}
      {some && <ValueView title="Input" value={plain(inputs, "in")} testId="step-inputs" />}
      {unknown.length > 0 && (
        <p className="step-note" data-testid="step-inputs-unknown">
          The run’s journal does not tell what came in{some && ` at ${unknown.join(", ")}`}.
        </p>
      )}
      {step.log.length > 0 && (
        <section className="step-log" data-testid="step-log">
          <h3>Log</h3>
          <Log lines={step.log} />
        </section>
      )}
    </div>
  );
}
