/** The test address of a webhook trigger: opened here, with the last calls live, each with its run. */
import { Ear, EarOff, RotateCw, SquareArrowOutUpRight } from "lucide-react";
import { type ReactNode, useCallback, useEffect, useState } from "react";

import { ApiError, get, post, request } from "../api/http";
import type { RunStatus } from "../model/types";
import { CopyButton } from "../runs/ValueView";
import { StatusPill } from "../runs/StatusPill";
import { useDraft } from "../store/document";
import { useMay } from "../store/rights";
import { showRun } from "../store/runs";

const EVERY = 1000;

interface Call {
  readonly id: string;
  readonly test: boolean;
  readonly received: string;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: { readonly kind: string; readonly text: string; readonly whole: boolean };
  readonly verdict: string;
  readonly reason: string;
  readonly run: { readonly id: string; readonly status: RunStatus } | null;
  readonly replay_of: string | null;
}

interface Calls {
  readonly listening: { readonly url: string; readonly expires: string } | null;
  readonly calls: readonly Call[];
}

const timeOf = (text: string): string => new Date(text).toLocaleTimeString(undefined, { hourCycle: "h23" });

export function Listening({ node }: { node: string }) {
  const blueprint = useDraft((state) => state.blueprint);
  const owns = useMay("own");
  const path = `blueprints/${blueprint.id}/calls/`;
  const asked = `${path}?node=${encodeURIComponent(node)}`;
  const [found, setFound] = useState<Calls | null>(null);
  const [wrong, setWrong] = useState("");

  const attempt = useCallback(async (what: () => Promise<unknown>) => {
    try {
      await what();
      setWrong("");
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setWrong(error.message);
    }
  }, []);
  const look = useCallback(() => attempt(async () => setFound(await get<Calls>(asked))), [attempt, asked]);

  const listens = found !== null && found.listening !== null;
  useEffect(() => {
    void look();
    if (!listens) return undefined;
    const timer = setInterval(() => {
      if (!document.hidden) void look();
    }, EVERY);
    return () => clearInterval(timer);
  }, [look, listens]);

  const listen = () => attempt(async () => setFound(await post<Calls>(path, { node })));
  const stop = () =>
    attempt(async () => {
      await request(asked, { method: "DELETE" });
      await look();
    });
  const again = (call: Call, to: "draft" | "published") =>
    attempt(async () => {
      await post(`calls/${call.id}/replay/`, { to });
      await look();
    });

  return (
    <section className="webhooks listening" data-testid="listening">
      <h3>Calls</h3>
      {found?.listening ? (
        <div className="webhook" data-testid="test-address">
          <code>{found.listening.url}</code>
          <CopyButton text={() => found.listening?.url ?? ""} label="Copy the test address" />
          <button type="button" className="small-tool" aria-label="Stop listening" title="Stop listening" onClick={() => void stop()}>
            <EarOff size={13} aria-hidden />
          </button>
          <span className="webhook-facts">
            <span className="listening-dot" aria-hidden /> Listening until {timeOf(found.listening.expires)}. A call runs this draft.
          </span>
        </div>
      ) : (
        <button type="button" className="add-item" data-testid="listen" onClick={() => void listen()}>
          <Ear size={13} aria-hidden /> Listen for a test call
        </button>
      )}
      {wrong && (
        <p className="field-error" role="alert">
          {wrong}
        </p>
      )}
      <div className="calls" aria-live="polite">
        {found?.calls.map((call) => (
          <CallRow key={call.id} call={call}>
            {(call.test || owns) && (
              <button type="button" className="add-item" onClick={() => void again(call, "draft")}>
                <RotateCw size={12} aria-hidden /> Run the draft
              </button>
            )}
            {owns && blueprint.published && (
              <button type="button" className="add-item" onClick={() => void again(call, "published")}>
                <RotateCw size={12} aria-hidden /> Run version {blueprint.published.number}
              </button>
            )}
          </CallRow>
        ))}
      </div>
      {found && !found.calls.length && <p className="field-help">No call has come yet.</p>}
    </section>
  );
}

function CallRow({ call, children }: { call: Call; children: ReactNode }) {
  const line = `/${call.path}${call.query ? `?${call.query}` : ""}`;
  return (
    <details className="call" data-verdict={call.verdict} data-testid="call">
      <summary>
        <time dateTime={call.received}>{timeOf(call.received)}</time>
        <span className="call-line" title={line}>
          {call.method} {line}
        </span>
        {call.run ? <StatusPill status={call.run.status} /> : <span className="call-verdict">{call.verdict.replaceAll("_", " ")}</span>}
      </summary>
      {call.reason && <p className="field-help">{call.reason}</p>}
      <p className="field-help">
        {call.test ? "To the test address." : "To an address of this blueprint."}
        {call.replay_of ? " Delivered again." : ""}
      </p>
      {call.body.text ? <pre tabIndex={0}>{call.body.text + (call.body.whole ? "" : "…")}</pre> : <p className="field-help">{call.body.kind === "large" ? "A large body, kept in a file." : "No body."}</p>}
      <dl className="call-headers">
        {Object.entries(call.headers).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <div className="call-tools">
        {call.run && (
          <button type="button" className="add-item" onClick={() => showRun(call.run?.id ?? null)}>
            <SquareArrowOutUpRight size={12} aria-hidden /> Show its run
          </button>
        )}
        {children}
      </div>
    </details>
  );
}
