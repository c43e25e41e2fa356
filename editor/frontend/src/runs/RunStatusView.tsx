/** The shown run's status and time, with the button that cancels it; said aloud on change. */
import { Pause, Square } from "lucide-react";

import { isOver } from "../api/events";
import { plainWords } from "../model/sentences";
import { Words } from "../inspector/Words";
import { heldWords, holdsOf } from "../store/queued";
import { useMay } from "../store/rights";
import { cancelRun, useRuns } from "../store/runs";
import { pauseRun } from "./debug";
import { elapsed, shortDuration, statusWord } from "./format";
import { RunNews } from "./RunNews";
import { ParentRun } from "./LinkedRuns";
import { useMoment } from "./useNow";

/** Why the shown run has not begun: what holds it, as the list of runs knows it. */
function HeldBy({ run }: { run: string }) {
  const holds = useRuns((state) => holdsOf(state.list.find(({ id }) => id === run) ?? state.run));
  if (!holds.length) return null;
  const said = heldWords(holds);
  return (
    <span className="run-held" role="status" title={plainWords(said)} data-testid="held-by">
      <Words text={said} />
    </span>
  );
}

export function RunStatusView() {
  const shown = useRuns((state) => state.shown);
  const summary = useRuns((state) => state.summary);
  const over = useRuns((state) => state.over);
  const at = useRuns((state) => state.at);
  const runs = useMay("run");
  const moving = shown !== null && !isOver(summary.status);
  const now = useMoment(100, moving);
  if (!shown) return null;
  const begun = summary.started ?? summary.queued;
  const time =
    begun === null
      ? ""
      : summary.ended !== null
        ? shortDuration(Math.max(0, summary.ended - begun))
        : elapsed(Math.max(0, now - begun));
  // What is shown may be long over: it is told as past, and nothing there can be pressed.
  const past = at !== null && moving;
  const told = summary.error?.message ?? summary.reason;
  const why = told ? plainWords(told) : undefined;
  return (
    <div className="run-state" data-status={summary.status} title={past ? `As of event ${at}; L shows the run as it is now` : why}>
      <span className="status-dot" aria-hidden />
      <span role="status" aria-live="polite" data-testid="run-status">
        {past ? `Was ${summary.status}` : statusWord(summary.status)}
      </span>
      <RunNews />
      {summary.status === "queued" && at === null && <HeldBy run={shown} />}
      <span className="run-time">{time}</span>
      <ParentRun />
      {runs && !over && at === null && summary.status !== "paused" && (
        <button
          type="button"
          className="run-cancel"
          aria-label="Pause the run"
          title="Pause the run (F8)"
          onClick={() => void pauseRun()}
          data-testid="pause-run"
        >
          <Pause size={12} fill="currentColor" strokeWidth={0} aria-hidden />
        </button>
      )}
      {runs && !over && at === null && (
        <button
          type="button"
          className="run-cancel"
          aria-label="Cancel the run"
          title="Cancel the run"
          onClick={() => void cancelRun(shown)}
          data-testid="cancel-run"
        >
          <Square size={11} fill="currentColor" aria-hidden />
        </button>
      )}
    </div>
  );
}
