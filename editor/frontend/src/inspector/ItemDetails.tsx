/** One item of a fan-out: what went in and came out, its attempts, and the button that runs it again. */
import { ChevronLeft, RotateCcw } from "lucide-react";
import { useEffect, useState } from "react";

import { ApiError } from "../api/http";
import type { Json } from "../model/types";
import { useFiring, useFirings, useItems } from "../runs/firing";
import { clock, shortDuration } from "../runs/format";
import { attemptsOfItem, type Item } from "../runs/items";
import { useLarge } from "../runs/large";
import { ChildRuns } from "../runs/LinkedRuns";
import { Log } from "../runs/Log";
import { retryable, retryItems } from "../runs/retry";
import { ValueView } from "../runs/ValueView";
import { isItem, runsApart } from "../store/fold";
import { useMay } from "../store/rights";
import { useRuns } from "../store/runs";
import { say } from "../store/ui";
import { openStep, useInspector } from "./state";
import { Why } from "./Why";
import { Words } from "./Words";

/** Of the steps of an iteration. */
const LISTED = 50;

function Attempts({ item }: { item: Item }) {
  const attempts = attemptsOfItem(item);
  if (attempts.length < 2) return null;
  return (
    <section className="item-attempts" aria-label="Attempts" data-testid="item-attempts">
      <h3>Attempts</h3>
      <ol>
        {attempts.map(({ attempt, from, to, error }) => (
          <li key={attempt} data-status={error ? "failed" : item.status}>
            <span className="status-dot" aria-hidden />
            <span>
              {attempt}. at {clock(from)}
              {to !== null && `, ${shortDuration(Math.max(0, to - from))}`}
              {error && (
                <>
                  : <Words text={error.message} />
                </>
              )}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}

/** Of an iteration: its steps, each of which opens; or its run, where it is one of its own. */
function Inside({ item }: { item: Item }) {
  const inside = item.steps.filter(({ path }) => !isItem(path));
  const apart = inside.find(({ path }) => runsApart(path));
  if (apart) return <ChildRuns step={apart} />;
  if (!inside.length) return null;
  return (
    <section className="item-inside" aria-label="Its steps">
      <h3>Its steps</h3>
      <ol>
        {inside.slice(0, LISTED).map(({ path, status, duration }) => (
          <li key={path} data-status={status}>
            <button type="button" onClick={() => openStep(path)}>
              <span className="status-dot" role="img" aria-label={status} /> {path.slice(item.path.length + 1)}
              <span>{duration === null ? "" : shortDuration(duration)}</span>
            </button>
          </li>
        ))}
      </ol>
    </section>
  );
}

/** What went into an item; of a list that is too large for its event it is read from there. */
function Input({ item: { index, input, from } }: { item: Item }) {
  const { pageOf } = useLarge();
  const [read, setRead] = useState<Json | undefined>();
  const wanted = input === undefined && from !== undefined;
  useEffect(() => {
    if (!wanted) return;
    let stale = false;
    pageOf(from, index, 1).then(
      ({ items }) => void (stale || setRead(items?.[0])),
      (error: unknown) => {
        if (!(error instanceof ApiError)) throw error;
        say(error.message, "danger");
      },
    );
    return () => {
      stale = true;
    };
  }, [wanted, index]);
  const value = input ?? read;
  if (value !== undefined) return <ValueView title="Input" value={value} testId="item-input" />;
  return <p className="step-note">{wanted ? "Loading what came in…" : "The run’s journal does not tell what came in."}</p>;
}

export function ItemDetails({ path }: { path: string }) {
  const firing = useFiring(useFirings());
  const items = useItems(firing);
  const runs = useMay("run");
  const busy = useRuns((state) => state.starting);
  const over = useRuns((state) => state.over);
  const item = items.find((one) => one.path === path);
  if (!item) return <p className="panel-empty">There is no such item any more.</p>;
  const { index, status, duration, attempts, output, error, steps } = item;
  const own = steps.find((step) => step.path === path);
  const log = steps.flatMap((step) => step.log);
  return (
    <div className="step-details" data-testid="item-details">
      <button type="button" className="item-back" onClick={() => useInspector.setState({ item: null })}>
        <ChevronLeft size={13} aria-hidden /> The step as a whole
      </button>
      <div className="step-facts" data-status={status}>
        <strong>
          Item {(index + 1).toLocaleString("en")} <small>of {items.length.toLocaleString("en")}, index {index}</small>
        </strong>
        <span className="status-pill">
          <span className="status-dot" aria-hidden />
          {status === "pending" ? "not begun" : status}
        </span>
        {duration !== null && <span>{shortDuration(duration)}</span>}
        {attempts > 1 && <span>{attempts} attempts</span>}
        {over && runs && retryable(item) && (
          <button type="button" className="step-again" disabled={busy} title="A new run that takes over all else" onClick={() => void retryItems([item])} data-testid="retry-item">
            <RotateCcw size={13} aria-hidden /> Retry this item
          </button>
        )}
      </div>
      {error && (
        <section className="step-error" role="alert">
          <p>
            <Words text={error.message} /> <code>{error.code}</code>
          </p>
          {error.data !== undefined && <ValueView title="Details" value={error.data} />}
        </section>
      )}
      {firing && (own || status === "pending") && <Why node={firing.node} step={path} />}
      <Attempts item={item} />
      {output !== undefined && <ValueView title="Output" value={output} testId="item-output" />}
      <Input item={item} />
      <Inside item={item} />
      {log.length > 0 && (
        <section className="step-log">
          <h3>Log</h3>
          <Log lines={log} />
        </section>
      )}
    </div>
  );
}
