/** The blueprint's runs, newest first; one opens on the canvas. */
import { memo } from "react";

import { plainWords } from "../model/sentences";
import type { Run } from "../model/types";
import { useMay, useRights } from "../store/rights";
import { loadOlder, showRun, useRuns } from "../store/runs";
import { ago, runDuration } from "./format";
import { useNow } from "./useNow";

interface RowProps {
  run: Run;
  when: string;
  shown: boolean;
}

const Row = memo(function Row({ run, when, shown }: RowProps) {
  const owner = useRights((state) => state.owner);
  return (
    <li>
      <button
        type="button"
        className="run-row"
        aria-current={shown || undefined}
        data-status={run.status}
        title={(run.error && plainWords(run.error.message)) ?? new Date(run.created).toLocaleString()}
        onClick={() => showRun(run.id)}
        data-testid={`run-row-${run.id}`}
      >
        <span className="status-dot" aria-hidden />
        <span className="run-row-status">{run.status}</span>
        <span className="run-row-trigger">
          {run.started_by && run.started_by !== owner ? `${run.started_by} · ` : ""}
          {run.trigger} · {run.version === null ? "draft" : `v${run.version}`}
        </span>
        <span className="run-row-time">{runDuration(run)}</span>
        <span className="run-row-when">{when}</span>
      </button>
    </li>
  );
});

export function RunList() {
  const list = useRuns((state) => state.list);
  const shown = useRuns((state) => state.shown);
  const older = useRuns((state) => state.older);
  const runs = useMay("run");
  const now = useNow(5000);
  return (
    <ol className="run-list" aria-label="Runs of this blueprint" data-testid="run-list">
      {list.length === 0 && <li className="run-list-empty">{runs ? "No runs yet. Press Run to start one." : "No runs yet."}</li>}
      {list.map((run) => (
        <Row key={run.id} run={run} when={ago(run.created, now)} shown={run.id === shown} />
      ))}
      {older && (
        <li>
          <button type="button" className="run-list-more" onClick={() => void loadOlder()}>
            Show older runs
          </button>
        </li>
      )}
    </ol>
  );
}
