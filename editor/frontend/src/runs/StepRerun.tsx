/** Runs the shown run again from a step, with other values than those that it got. */
import { Pencil, RotateCcw } from "lucide-react";
import { useState } from "react";

import { faultWords } from "../model/fault";
import type { Json, JsonObject } from "../model/types";
import type { StepView } from "../store/fold";
import { useMay } from "../store/rights";
import { runAgain, stepOf, useRuns } from "../store/runs";
import { say } from "../store/ui";
import { isObject } from "./inputs";
import { whole } from "./large";
import { areKnown, inputsOf } from "./values";

/** The step's inputs by port, none of them shortened. Null where one can't be had whole. */
async function wholeInputs(step: StepView): Promise<JsonObject | null> {
  const known = { find: stepOf, document: useRuns.getState().run?.document };
  if (!areKnown(step, known)) return null;
  const entries = Object.entries(inputsOf(step, known));
  return Object.fromEntries(await Promise.all(entries.map(async ([port, value]) => [port, await whole(value)] as const)));
}

function parsed(text: string): JsonObject | null {
  try {
    const value = JSON.parse(text) as Json;
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

export function StepRerun({ step }: { step: StepView }) {
  const over = useRuns((state) => state.over);
  const busy = useRuns((state) => state.starting);
  // What entered a frame is known from the run's drawing, which may come after its events.
  const drawn = useRuns((state) => state.run !== null);
  const [text, setText] = useState<string | null>(null);
  if (!useMay("edit") || !over || step.status === "skipped" || Object.keys(step.inputs).length === 0) return null;
  const edit = async (): Promise<void> => {
    const inputs = await wholeInputs(step);
    if (inputs) setText(JSON.stringify(inputs, null, 2));
    else say("These values are too long, or not known here. Give others over the API.", "danger");
  };
  if (text === null) {
    return (
      <button type="button" className="step-again step-edit" disabled={!drawn} onClick={() => void edit()} data-testid="rerun-edit">
        <Pencil size={13} aria-hidden /> Run again with other inputs…
      </button>
    );
  }
  const inputs = parsed(text);
  return (
    <section className="step-rerun">
      <h3>Other inputs, by port</h3>
      <textarea
        className="control is-code"
        aria-label="Other inputs by port, as JSON"
        aria-invalid={inputs === null || undefined}
        rows={Math.min(14, Math.max(4, text.split("\n").length))}
        spellCheck={false}
        value={text}
        onChange={(event) => setText(event.target.value)}
        data-testid="rerun-inputs"
      />
      {inputs === null && <p className="field-error">This is no JSON object of ports and values yet. {faultWords(text)}</p>}
      <div className="step-rerun-row">
        <button
          type="button"
          className="button"
          disabled={busy || inputs === null}
          onClick={() => inputs && void runAgain({ step: step.path, inputs })}
          data-testid="rerun-with-inputs"
        >
          <RotateCcw size={14} aria-hidden /> Run from here
        </button>
        <button type="button" className="button" onClick={() => setText(null)}>
          Cancel
        </button>
      </div>
    </section>
  );
}
