/** Says that the canvas shows a run of something other than the draft, and leads back. */
import { X } from "lucide-react";
import { useMemo } from "react";

import { meaning, meaningWithin } from "../model/difference";
import { useDraft } from "../store/document";
import { showRun, useRuns } from "../store/runs";

export function RunNotice() {
  const shown = useRuns((state) => state.shown);
  const run = useRuns((state) => state.run);
  const saved = useDraft((state) => state.blueprint.document);
  const differs = useMemo(
    () => {
      if (run?.document === undefined) return false;
      // A run to a node holds only what leads there; and what was added since makes no run an old one.
      return meaning(run.document) !== (run.version ? meaning(saved) : meaningWithin(saved, run.document));
    },
    [run, saved],
  );
  if (!shown) return null;
  const other = run !== null && differs;
  const words = run?.version ? `Run of version ${run.version}` : "Run of an earlier draft";
  return (
    <span className="run-notice" data-other={other}>
      {other && <span>{words}</span>}
      <button
        type="button"
        onClick={() => showRun(null)}
        aria-label="Back to editing"
        title="Take the run off the canvas"
        data-testid="leave-run"
      >
        {other ? "Back to editing" : <X size={14} aria-hidden />}
      </button>
    </span>
  );
}
