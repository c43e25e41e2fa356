/** A paused run: where it is held, what lets it go on, and the tokens in flight with their values. */
import { CirclePlay, Pause, Pencil, Play, Redo, Square } from "lucide-react";
import { useEffect, useState } from "react";

import { keyText } from "../actions/keys";
import { actionNamed } from "../actions/list";
import { nodeOfStep } from "../api/events";
import { ApiError } from "../api/http";
import { bringIntoView } from "../canvas/view";
import { openStep } from "../inspector/state";
import type { Json } from "../model/types";
import { useMay } from "../store/rights";
import { select } from "../store/selection";
import { say } from "../store/ui";
import { type Debugged, editToken, followDebugger, type Token, useDebug, wholeToken } from "./debug";

/** Of a value, in characters, in the list. */
const LONGEST = 200;

const REASONS: Record<Debugged["reason"], string> = {
  "": "Paused",
  start: "Paused before the first step",
  asked: "Paused",
  breakpoint: "Paused at a breakpoint",
  step: "Paused after one step",
};

function Button({ name, label, icon: Icon, busy }: { name: string; label: string; icon: typeof Play; busy: boolean }) {
  const action = actionNamed(name);
  const keys = action?.keys?.[0];
  return (
    <button
      type="button"
      disabled={busy}
      title={keys ? `${action.label} (${keyText(keys)})` : action?.label}
      onClick={() => action?.perform()}
      data-testid={`debug-${name}`}
    >
      <Icon size={14} aria-hidden /> {label}
    </button>
  );
}

function parsed(text: string): { value: Json } | null {
  try {
    return { value: JSON.parse(text) as Json };
  } catch {
    return null;
  }
}

function Editor({ token, start, onClose }: { token: Token; start: string; onClose: () => void }) {
  const [text, setText] = useState(start);
  const busy = useDebug((state) => state.busy);
  const found = parsed(text);
  const take = async (): Promise<void> => {
    if (found && (await editToken(token.id, found.value))) onClose();
  };
  return (
    <div className="token-editor">
      <textarea
        className="control is-code"
        aria-label={`The value at ${token.node}, ${token.port}, as JSON`}
        aria-invalid={found === null || undefined}
        rows={Math.min(12, Math.max(3, text.split("\n").length))}
        spellCheck={false}
        autoFocus
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") onClose();
          else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void take();
          else return;
          event.preventDefault();
          event.stopPropagation();
        }}
        data-testid="token-value"
      />
      {found === null && <p className="field-error">This is no JSON yet.</p>}
      <div className="step-rerun-row">
        <button type="button" className="button" disabled={busy || found === null} onClick={() => void take()} data-testid="token-save">
          Give it this value
        </button>
        <button type="button" className="button" onClick={onClose}>
          Cancel
        </button>
      </div>
    </div>
  );
}

function TokenRow({ token }: { token: Token }) {
  const [text, setText] = useState<string | null>(null);
  const edits = useMay("edit");
  const edit = async (): Promise<void> => {
    try {
      const whole = token.large ? await wholeToken(token.id) : token;
      if (whole) setText(JSON.stringify(whole.value, null, 2));
      else say("This token has gone on.", "danger");
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      say(error.message, "danger");
    }
  };
  const from = token.edge?.split(" -> ")[0];
  return (
    <li data-testid={`token-${token.id}`}>
      <div className="token-row">
        <button type="button" className="token-place" title="Show the node" onClick={() => select([token.node])}>
          {from && <span className="token-from">{from} →</span>} {token.place}
          {token.node}.{token.port}
        </button>
        <code className="token-preview">{token.large ? `${Math.ceil(token.size / 1024)} kB` : JSON.stringify(token.value).slice(0, LONGEST)}</code>
        {edits && <button type="button" className="small-tool" aria-label={`Edit the value at ${token.node}, ${token.port}`} title="Edit the value" onClick={() => void edit()} data-testid={`edit-${token.id}`}>
          <Pencil size={13} aria-hidden />
        </button>}
      </div>
      {text !== null && <Editor token={token} start={text} onClose={() => setText(null)} />}
    </li>
  );
}

export function DebugPanel() {
  const now = useDebug((state) => state.now);
  const busy = useDebug((state) => state.busy);
  const runs = useMay("run");
  useEffect(followDebugger, []);
  const next = now?.paused ? (now.held[0] ?? now.step) : null;
  useEffect(() => {
    // The panel has taken its room from the canvas: the node that it speaks of may lie below now.
    if (next) requestAnimationFrame(() => bringIntoView(nodeOfStep(next)));
  }, [next]);
  if (!now?.paused) return null;
  const step = now.step;
  return (
    <section className="debug-panel" aria-label="The paused run" data-testid="debug-panel">
      <header>
        <p role="status" data-testid="debug-reason">
          <Pause size={14} aria-hidden /> {REASONS[now.reason]}
          {step && (
            <button type="button" onClick={() => (now.held.includes(step) ? select([nodeOfStep(step)]) : openStep(step))}>
              {step}
            </button>
          )}
        </p>
        {runs && <div className="debug-tools" role="toolbar" aria-label="The paused run">
          <Button name="continue-run" label="Continue" icon={Play} busy={busy} />
          <Button name="step-run" label="Step" icon={CirclePlay} busy={busy} />
          <Button name="step-over" label="Over" icon={Redo} busy={busy} />
          <Button name="cancel-run" label="Stop" icon={Square} busy={busy} />
        </div>}
      </header>
      {now.tokens.length > 0 ? (
        <ol className="tokens" aria-label="Tokens in flight">
          {now.tokens.map((token) => (
            // News of the run leave what is being written alone, as long as the token has its value.
            <TokenRow key={`${token.id} ${token.large ? token.size : JSON.stringify(token.value)}`} token={token} />
          ))}
        </ol>
      ) : (
        <p className="debug-none">{now.held.length ? `Next: ${now.held[0]}` : "Nothing is in flight: what is left is under way, or the run is at its end."}</p>
      )}
    </section>
  );
}
