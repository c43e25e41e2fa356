/** Chooses the run to compare the shown one with. */
import { useState } from "react";

import { Dialog } from "../frame/Dialog";
import { PickList } from "../frame/PickList";
import type { Run } from "../model/types";
import { momentsOf, runDuration } from "../runs/format";
import { useNow } from "../runs/useNow";
import { compareWith } from "../store/compared";
import { loadOlder, useRuns } from "../store/runs";
import { showDialog } from "../store/ui";

function wordsOf(run: Run): string {
  return `${run.status} ${run.trigger} ${run.version === null ? "draft" : `v${run.version}`} ${run.id}`;
}

export function Choose() {
  const [query, setQuery] = useState("");
  const now = useNow(5000);
  const list = useRuns((state) => state.list);
  const shown = useRuns((state) => state.shown);
  const older = useRuns((state) => state.older);
  const moments = momentsOf(list, now);
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const items = list.filter((run) => run.id !== shown && words.every((word) => wordsOf(run).toLowerCase().includes(word)));
  return (
    <Dialog title="Compare the shown run with…" onClose={() => showDialog(null)} testId="choose-run">
      <PickList
        label="Compare with"
        placeholder="A status, a version, what started it …"
        none="No other run answers that."
        query={query}
        onQuery={setQuery}
        items={items}
        keyOf={(run) => run.id}
        onChoose={(run) => {
          showDialog(null);
          compareWith(run.id);
        }}
        show={(run) => (
          <>
            <span className="status-dot" data-status={run.status} aria-hidden />
            <span className="choose-run-status" data-status={run.status}>
              {run.status}
            </span>
            <span className="find-place">
              {run.trigger} · {run.version === null ? "draft" : `v${run.version}`}
            </span>
            <span className="choose-run-time">
              {runDuration(run)} · {moments.get(run.id)}
            </span>
          </>
        )}
      />
      {older && (
        <button type="button" className="run-list-more" onClick={() => void loadOlder()}>
          Show older runs
        </button>
      )}
    </Dialog>
  );
}
