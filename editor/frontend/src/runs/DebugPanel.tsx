/** A paused run: where it is held, what lets it go on, and the tokens in flight with their values. */
import { CirclePlay, Pause, Pencil, Play, Redo, Square } from "lucide-react";
import { useEffect } from "react";

import { keyText } from "../actions/keys";
import { actionNamed } from "../actions/list";
import { nodeOfStep } from "../api/events";
import { ApiError } from "../api/http";
import { bringIntoView } from "../canvas/view";
import { openStep } from "../inspector/state";
import { faultWords } from "../model/fault";
import type { Json } from "../model/types";
import { useMay } from "../store/rights";
import { useRuns } from "../store/runs";
import { select } from "../store/selection";
import { say } from "../store/ui";
import { type Debugged, editToken, followDebugger, type Token, useDebug, wholeToken } from "./debug";
import { bytes } from "./large";
import { beginWriting, endWriting, markOf, useWriting, write, type Written } from "./writing";

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

function Editor({ token, written }: { token: Token; written: Written }) {
  const { text, of } = written;
  const busy = useDebug((state) => state.busy);
  const found = parsed(text);
  const close = (): void => endWriting(token.id);
  const take = async (): Promise<void> => {
    if (found && (await editToken(token.id, found.value))) close();
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
        onChange={(event) => write(token.id, event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") close();
          else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void take();
          else return;
          event.preventDefault();
          event.stopPropagation();
        }}
        data-testid="token-value"
      />
      <div className="token-editor-end">
        {found === null && <p className="field-error">This is no JSON yet. {faultWords(text)}</p>}
        {of !== markOf(token) && !busy && (
          <p className="field-error" role="alert" data-testid="token-changed">
            It has another value by now.{" "}
            <button type="button" onClick={() => void startEditing(token)}>
              Begin with that one
            </button>
          </p>
        )}
        <div className="step-rerun-row">
          <button type="button" className="button" disabled={busy || found === null} onClick={() => void take()} data-testid="token-save">
            Give it this value
          </button>
          <button type="button" className="button" onClick={close}>
            Cancel
          </button>
        </div>
      </div>
    </div>
  );
}

async function startEditing(token: Token): Promise<void> {
  try {
    const whole = token.large ? await wholeToken(token.id) : token;
    if (whole) beginWriting(token, JSON.stringify(whole.value, null, 2));
    else say("This token has gone on.", "danger");
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    say(error.message, "danger");
  }
}

function TokenRow({ token }: { token: Token }) {
  const run = useRuns((state) => state.shown);
  const written = useWriting((state) => state[token.id]);
  const edits = useMay("edit");
  const from = token.edge?.split(" -> ")[0];
  return (
    <li data-testid={`token-${token.id}`}>
      <div className="token-row">
        <button type="button" className="token-place" title={`${from ? `${from} → ` : ""}${token.place}${token.node}.${token.port}: show the node`} onClick={() => select([token.node])}>
          {from && <span className="token-from">{from} →</span>} {token.place}
          {token.node}.{token.port}
        </button>
        <code className="token-preview">{token.large ? bytes(token.size) : JSON.stringify(token.value).slice(0, LONGEST)}</code>
        {edits && <button type="button" className="small-tool" aria-label={`Edit the value at ${token.node}, ${token.port}`} title="Edit the value" onClick={() => void startEditing(token)} data-testid={`edit-${token.id}`}>
          <Pencil size={13} aria-hidden />
        </button>}
      </div>
      {written?.run === run && <Editor token={token} written={written} />}
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
  const edge = now.breakpoint?.edge;
  return (
    <section className="debug-panel" aria-label="The paused run" data-testid="debug-panel">
      <header>
        <p role="status" data-testid="debug-reason">
          <Pause size={14} aria-hidden /> {edge ? "Paused at the breakpoint on" : REASONS[now.reason]}
          {edge && (
            <button type="button" onClick={() => select([], [edge])}>
              {edge.replace("->", "→")}
            </button>
          )}
          {step && !edge && (
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
            <TokenRow key={token.id} token={token} />
          ))}
        </ol>
      ) : (
        <p className="debug-none">{now.held.length ? `Next: ${now.held[0]}` : "Nothing is in flight: what is left is under way, or the run is at its end."}</p>
      )}
    </section>
  );
}
