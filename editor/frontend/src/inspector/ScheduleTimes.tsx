/** When a schedule comes next: as it is drawn, and what of it is published. */
import { ExternalLink, Pause, Play } from "lucide-react";
import { useState } from "react";

import { useAnswer } from "../expressions/ask";
import type { DraftNode } from "../model/draft";
import { sentenceAtField } from "../model/labels";
import { useNow } from "../runs/useNow";
import { useDraft, useSpec } from "../store/document";
import { useMay, useRights } from "../store/rights";
import { useRuns } from "../store/runs";
import { Words } from "./Words";
import { dayAndTime, foresee, publishedSchedule, switchSchedule, until } from "./foresee";

function Times({ times, now }: { times: readonly string[]; now: number }) {
  return (
    <ol className="schedule-times" data-testid="next-times">
      {times.map((moment) => {
        const { day, time, offset } = dayAndTime(moment);
        return (
          <li key={moment}>
            <time dateTime={moment}>
              {day}, <strong>{time}</strong> <small>{offset}</small>
            </time>
            <span>{until(moment, now)}</span>
          </li>
        );
      })}
    </ol>
  );
}

/** The schedule that starts runs, which is that of the published version. */
function Published({ node, version }: { node: string; version: number }) {
  const blueprint = useDraft((state) => state.blueprint);
  const admin = useRuns((state) => state.admin);
  const owns = useMay("own");
  const [turn, setTurn] = useState(0);
  const row = useAnswer((signal) => publishedSchedule(blueprint.id, node, signal), `${node} ${version} ${turn}`, 0);
  if (!row) return <p className="field-help">Version {version}, which is published, has no such schedule.</p>;
  const paused = row.state === "paused";
  const next = row.next[0] ? dayAndTime(row.next[0]) : null;
  const told = {
    on: next ? `comes next on ${next.day} at ${next.time}` : "comes",
    paused: "is paused and starts nothing",
    over: "has come to its end",
    disabled: "is disabled",
    trouble: "starts nothing",
  }[row.state];
  return (
    <div className="webhook schedule-published" data-state={row.state} data-testid="published-schedule">
      <span>
        Version {version} {told}.{row.error && ` ${row.error}`}
      </span>
      {owns && (row.state === "on" || paused) && (
        <button
          type="button"
          className="small-tool"
          aria-label={paused ? "Resume the schedule" : "Pause the schedule"}
          title={paused ? "Resume" : "Pause"}
          onClick={() => void switchSchedule(row.id, paused ? "resume" : "pause").finally(() => setTurn(turn + 1))}
          data-testid="pause-schedule"
        >
          {paused ? <Play size={13} aria-hidden /> : <Pause size={13} aria-hidden />}
        </button>
      )}
      {owns && (
        <a className="small-tool" href={`${admin}runner/schedule/${row.id}/change/`} aria-label="Open this schedule in the admin" title="Open in the admin">
          <ExternalLink size={13} aria-hidden />
        </a>
      )}
    </div>
  );
}

export function ScheduleTimes({ node }: { node: DraftNode }) {
  const published = useDraft((state) => state.blueprint.published);
  const parameters = useSpec(node.kind)?.parameters;
  const guest = useRights((state) => state.guest);
  const now = useNow(1000);
  const found = useAnswer((signal) => foresee(node.parameters, signal), JSON.stringify(node.parameters), 250);
  // Those who only look by a link may not ask.
  if (guest) return null;
  return (
    <section className="webhooks schedule">
      <h3>
        Next times{found && !found.error && <span className="schedule-zone"> in {found.time_zone}</span>}
      </h3>
      {found && !found.error && !node.parameters["cron"] && <p className="field-note">{found.words}.</p>}
      {found && found.next.length > 0 && <Times times={found.next} now={now} />}
      {found && !found.error && found.next.length === 0 && <p className="field-help">None: nothing comes any more.</p>}
      {found?.error && <p className="field-help">None can be told yet. <Words text={sentenceAtField({ code: "bad_parameter", severity: "error", ...found.error }, parameters)} /></p>}
      {published ? (
        <Published node={node.id} version={published.number} />
      ) : (
        <p className="field-help">It starts runs once the blueprint is published.</p>
      )}
    </section>
  );
}
