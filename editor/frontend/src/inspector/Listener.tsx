/** The listener of a trigger: where that of the published version stands. */
import { ExternalLink, Pause, Play } from "lucide-react";
import { useState } from "react";

import { get, post } from "../api/http";
import { useAnswer } from "../expressions/ask";
import { ago } from "../runs/format";
import { useNow } from "../runs/useNow";
import { useDraft } from "../store/document";
import { useMay, useRights } from "../store/rights";
import { useRuns } from "../store/runs";
import { Aside } from "./Aside";

interface Row {
  readonly id: string;
  readonly node: string;
  readonly state: "listening" | "waiting" | "paused" | "disabled" | "trouble";
  readonly error: string;
  readonly last: string | null;
  readonly count: number;
  readonly aside: number;
}

const EVERY = 3000; // milliseconds between two looks

async function listenerOf(blueprint: string, node: string, signal: AbortSignal): Promise<Row | null> {
  const page = await get<{ results: Row[] }>(`listeners/?blueprint=${blueprint}&limit=200`, signal);
  return page.results.find((one) => one.node === node) ?? null;
}

function lately(moment: string, now: number): string {
  const told = ago(moment, now);
  return told === "now" ? "just now" : /(s|min|h)$/.test(told) ? `${told} ago` : `on ${told}`;
}

const TOLD: Record<Row["state"], string> = {
  listening: "listens",
  waiting: "waits for a worker that listens",
  paused: "is paused and starts nothing",
  disabled: "is disabled",
  trouble: "cannot listen, and tries again",
};

function Published({ node, version }: { node: string; version: number }) {
  const blueprint = useDraft((state) => state.blueprint);
  const admin = useRuns((state) => state.admin);
  const owns = useMay("own");
  const now = useNow(EVERY);
  const [turn, setTurn] = useState(0);
  const look = Math.floor(now / EVERY);
  const row = useAnswer((signal) => listenerOf(blueprint.id, node, signal), `${node} ${version} ${turn} ${look}`, 0);
  if (!row) return <p className="field-help">Version {version}, which is published, does not listen here.</p>;
  const paused = row.state === "paused";
  const count = `${row.count.toLocaleString("en")} ${row.count === 1 ? "run" : "runs"}`;
  return (
    <>
      <div className="webhook schedule-published" data-state={row.state} data-testid="published-listener">
        <span>
          Version {version} {TOLD[row.state]}.{row.error && ` ${row.error}`}
          {row.last && <small> {count}, the last {lately(row.last, now)}.</small>}
        </span>
        {owns && row.state !== "disabled" && (
          <button
            type="button"
            className="small-tool"
            aria-label={paused ? "Resume listening" : "Pause listening"}
            title={paused ? "Resume" : "Pause"}
            onClick={() => void post(`listeners/${row.id}/${paused ? "resume" : "pause"}/`).finally(() => setTurn(turn + 1))}
            data-testid="pause-listener"
          >
            {paused ? <Play size={13} aria-hidden /> : <Pause size={13} aria-hidden />}
          </button>
        )}
        {owns && (
          <a className="small-tool" href={`${admin}runner/listener/${row.id}/change/`} aria-label="Open this listener in the admin" title="Open in the admin">
            <ExternalLink size={13} aria-hidden />
          </a>
        )}
      </div>
      {owns && row.aside > 0 && <Aside blueprint={blueprint.id} node={node} count={row.aside} moment={look} />}
    </>
  );
}

export function Listener({ node }: { node: string }) {
  const published = useDraft((state) => state.blueprint.published);
  const guest = useRights((state) => state.guest);
  // Those who only look by a link may not ask.
  if (guest) return null;
  return (
    <section className="webhooks schedule">
      {published ? <Published node={node} version={published.number} /> : <p className="field-help">It listens once the blueprint is published.</p>}
    </section>
  );
}
