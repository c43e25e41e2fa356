/** The blueprint's runs, newest first; one opens on the canvas. */
import { GitCompareArrows } from "lucide-react";
import { memo } from "react";

import { plainWords } from "../model/sentences";
import type { Run } from "../model/types";
import { compareWith, leaveComparing, useCompared } from "../store/compared";
import { useMay, useRights } from "../store/rights";
import { heldWords, holdsOf } from "../store/queued";
import { loadOlder, showRun, useRuns } from "../store/runs";
import { Words } from "../inspector/Words";
import { momentsOf, runDuration, since } from "./format";
import { useNow } from "./useNow";

interface RowProps {
  run: Run;
  when: string;
  /** How long ago that was, in words. */
  ago: string;
  shown: boolean;
  /** Whether it is the one that the shown run is compared with. */
  other: boolean;
  comparable: boolean;
}

const Row = memo(function Row({ run, when, ago, shown, other, comparable }: RowProps) {
  const owner = useRights((state) => state.owner);
  const held = heldWords(holdsOf(run));
  const by = run.started_by && run.started_by !== owner ? `${run.started_by} · ` : "";
  const origin = `${by}${run.trigger} · ${run.version === null ? "draft" : `v${run.version}`}`;
  return (
    <li className="run-row-frame">
      <button
        type="button"
        className="run-row"
        aria-current={shown || undefined}
        data-status={run.status}
        title={held ? `${plainWords(held)} (${origin})` : ((run.error && plainWords(run.error.message)) ?? `${ago}${new Date(run.created).toLocaleString()}`)}
        onClick={() => showRun(run.id)}
        data-testid={`run-row-${run.id}`}
      >
        <span className="status-dot" aria-hidden />
        <span className="run-row-status">{run.status}</span>
        <span className="run-row-trigger">{held ? <Words text={held} /> : origin}</span>
        <span className="run-row-time">{runDuration(run)}</span>
        <span className="run-row-when">{when}</span>
      </button>
      {comparable && (
        <button
          type="button"
          className="run-row-compare"
          aria-label={`Compare the shown run with this one: ${run.status}, ${when}`}
          aria-pressed={other}
          title="Compare the shown run with this one"
          onClick={() => (other ? leaveComparing() : compareWith(run.id))}
          data-testid={`compare-${run.id}`}
        >
          <GitCompareArrows size={14} aria-hidden />
        </button>
      )}
    </li>
  );
});

export function RunList() {
  const list = useRuns((state) => state.list);
  const shown = useRuns((state) => state.shown);
  const other = useCompared((state) => state.other);
  const older = useRuns((state) => state.older);
  const runs = useMay("run");
  const now = useNow(5000);
  const moments = momentsOf(list, now);
  return (
    <ol className="run-list" aria-label="Runs of this blueprint" data-testid="run-list">
      {list.length === 0 && <li className="run-list-empty">{runs ? "No runs yet. Press Run to start one." : "No runs yet."}</li>}
      {list.map((run) => (
        <Row key={run.id} run={run} when={moments.get(run.id) ?? ""} ago={since(run.created, now)} shown={run.id === shown} other={run.id === other} comparable={shown !== null && run.id !== shown} />
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
