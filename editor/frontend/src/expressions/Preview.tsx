/** What the expression gives on the values of a run, beneath its field. */
import { ArrowRightToLine } from "lucide-react";

import { iterationOf } from "../store/fold";
import { labelOf } from "../inspector/iterations";
import { holdTab } from "../inspector/state";
import { clock } from "../runs/format";
import { runTo } from "../runs/partial";
import { useRuns } from "../store/runs";
import { type Evaluation, evaluate, type Sight, useLastAnswer } from "./ask";

interface Props {
  text: string;
  sight: Sight;
  moment: string;
}

/** Of which run, iteration and item the value is: "Run of 14:03:12, item 2". */
function useOrigin(found: Evaluation): string {
  const started = useRuns((state) => {
    const run = state.list.find((one) => one.id === found.run);
    if (run?.started) return Date.parse(run.started) / 1000;
    return state.shown === found.run ? state.summary.started : null;
  });
  if (found.origin === "pinned") return "From pinned outputs";
  if (found.origin === "none" || !found.run) return "Needs no run";
  const iteration = found.iteration || (found.step ? iterationOf(found.step) : "");
  const parts = [`Run of ${started === null || started === undefined ? found.run.slice(0, 8) : clock(started)}`];
  if (iteration) parts.push(labelOf(iteration));
  if (found.step?.includes("#")) parts.push(`firing ${found.step.slice(found.step.lastIndexOf("#") + 1)}`);
  if (found.item) parts.push(`item ${found.item.index + 1} of ${found.item.of}`);
  return parts.join(", ") + (found.origin === "upstream" ? " · as it would come now" : "");
}

function Missing({ found, node }: { found: Evaluation; node: string }) {
  const starting = useRuns((state) => state.starting);
  return (
    <p className="preview-missing">
      <span>
        No data yet for <code>{found.missing.join(", ")}</code>.
      </span>
      <button
        type="button"
        disabled={starting}
        onClick={() => {
          holdTab();
          void runTo(node);
        }}
        data-testid="preview-run"
      >
        <ArrowRightToLine size={13} aria-hidden /> Run to here
      </button>
    </p>
  );
}

function sizeOf({ type, length }: NonNullable<Evaluation["value"]>): string {
  if (length === null) return type;
  const unit = { text: "character", list: "item", object: "key" }[type] ?? "part";
  return `${type}, ${length.toLocaleString("en")} ${unit}${length === 1 ? "" : "s"}`;
}

function Outcome({ found, node }: { found: Evaluation; node: string }) {
  if (found.error) {
    return (
      <p className="preview-error">
        {found.error.message}
        {found.error.column !== null && <span> Column {found.error.column}.</span>}
      </p>
    );
  }
  if (found.missing.length) return <Missing found={found} node={node} />;
  if (found.hidden) return <p className="preview-note">It has a value, which is a secret and not shown.</p>;
  if (!found.value) return null;
  return (
    <pre className="preview-value" tabIndex={0} aria-label="Value">
      {found.value.text === "" ? <em>empty</em> : found.value.text}
      {found.value.cut && "…"}
    </pre>
  );
}

export function Preview({ text, sight, moment }: Props) {
  const last = useLastAnswer(
    (signal) => evaluate(sight, { text }, signal),
    JSON.stringify([sight, moment, text]),
    250,
  );
  const blank = /^\s*(\{\{\s*\}\}\s*)?$/.test(text);
  if (!last || blank) return null;
  return <Told found={last.value} late={last.late} node={sight.node} />;
}

function Told({ found, late, node }: { found: Evaluation; late: boolean; node: string }) {
  const origin = useOrigin(found);
  const valued = !found.error && !found.missing.length && !found.hidden ? found.value : null;
  return (
    <div
      className="preview"
      data-state={found.error ? "error" : found.missing.length ? "missing" : "value"}
      aria-busy={late}
      data-testid="preview"
    >
      <Outcome found={found} node={node} />
      {!found.missing.length && !(found.error && found.origin === "none") && (
        <p className="preview-foot">
          <span>{origin}</span>
          {valued && <span>{sizeOf(valued)}</span>}
        </p>
      )}
    </div>
  );
}
