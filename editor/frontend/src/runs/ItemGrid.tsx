/** The items of a firing as a grid: filtered, sorted, walked through by keys; only what is in view is drawn. */
import { ArrowDown, ArrowUp, RotateCcw, Search } from "lucide-react";
import { type KeyboardEvent, useDeferredValue, useEffect, useId, useMemo, useState } from "react";

import { actionNamed } from "../actions/list";
import { openItem, useInspector } from "../inspector/state";
import { cutOf } from "../model/cut";
import { plainWords } from "../model/sentences";
import type { Json } from "../model/types";
import { useMay } from "../store/rights";
import { useRuns } from "../store/runs";
import { useFiring, useFirings, useItems } from "./firing";
import { shortDuration } from "./format";
import { ALL_ITEMS, type Choice, chosenItems, countsOf, type Item, type ItemStatus, type SortKey } from "./items";
import { retryable, retryItems } from "./retry";
import { useInputs } from "./useInputs";
import { useWindow } from "./useWindow";

const ROW = 26;
const HEAD = 26;
/** Of a value in its cell, in characters. */
const LONGEST = 90;

const WORDS: Partial<Record<ItemStatus, string>> = { pending: "not begun" };

const COLUMNS: readonly { name: string; sort?: SortKey }[] = [
  { name: "#", sort: "index" },
  { name: "Status", sort: "status" },
  { name: "Duration", sort: "duration" },
  { name: "Attempts", sort: "attempts" },
  { name: "Input" },
  { name: "Output or error" },
];

function short(value: Json | undefined): string {
  if (value === undefined) return "";
  const text = cutOf(value)?.start ?? (typeof value === "string" ? value : JSON.stringify(value));
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

interface RowOf {
  item: Item;
  input: Json | undefined;
  row: number;
  active: boolean;
  chosen: boolean;
  id: string;
}

function Row({ item, input, row, active, chosen, id }: RowOf) {
  const { index, status, duration, attempts, output, error } = item;
  return (
    <div
      id={id}
      role="row"
      aria-rowindex={row + 2}
      aria-selected={chosen}
      className={`item-row${active ? " is-active" : ""}`}
      style={{ top: row * ROW }}
      data-status={status}
      onClick={() => openItem(item.path)}
      data-testid={`item-${index}`}
    >
      <span role="gridcell">{index}</span>
      <span role="gridcell" className="item-status">
        <span className="status-dot" aria-hidden /> {WORDS[status] ?? status}
      </span>
      <span role="gridcell">{duration === null ? "–" : shortDuration(duration)}</span>
      <span role="gridcell">{attempts || "–"}</span>
      <span role="gridcell" className="item-value">
        {short(input)}
      </span>
      <span role="gridcell" className={error ? "item-value item-error" : "item-value"}>
        {error ? plainWords(error.message) : short(output)}
      </span>
    </div>
  );
}

function Head({ choice, onChoice }: { choice: Choice; onChoice: (choice: Choice) => void }) {
  const { sort, down } = choice;
  return (
    <div role="row" aria-rowindex={1} className="item-row item-head">
      {COLUMNS.map(({ name, sort: by }) => (
        <span key={name} role="columnheader" aria-sort={by === sort ? (down ? "descending" : "ascending") : undefined}>
          {by ? (
            <button type="button" onClick={() => onChoice({ ...choice, sort: by, down: by === sort && !down })} data-testid={`sort-${by}`}>
              {name}
              {by === sort && (down ? <ArrowDown size={11} aria-hidden /> : <ArrowUp size={11} aria-hidden />)}
            </button>
          ) : (
            name
          )}
        </span>
      ))}
    </div>
  );
}

function Filters({ items, choice, onChoice }: { items: readonly Item[]; choice: Choice; onChoice: (choice: Choice) => void }) {
  const counts = useMemo(() => countsOf(items), [items]);
  const runs = useMay("run");
  const busy = useRuns((state) => state.starting);
  const over = useRuns((state) => state.over);
  const failed = useMemo(() => items.filter((item) => item.status === "failed" && retryable(item)), [items]);
  return (
    <div className="item-filters">
      <label className="item-search">
        <Search size={13} aria-hidden />
        <input
          type="search"
          aria-label="Find in inputs, outputs and errors"
          placeholder="Find in items"
          value={choice.text}
          onChange={(event) => onChoice({ ...choice, text: event.target.value })}
          data-testid="item-search"
        />
      </label>
      <div className="item-statuses" role="group" aria-label="Only those of a status">
        {counts.map(([status, count]) => (
          <button
            key={status}
            type="button"
            data-status={status}
            title={WORDS[status] ?? status}
            aria-pressed={choice.status === status}
            onClick={() => onChoice({ ...choice, status: choice.status === status ? null : status })}
            data-testid={`only-${status}`}
          >
            <span className="status-dot" aria-hidden /> {count.toLocaleString("en")} <span className="views-word">{WORDS[status] ?? status}</span>
          </button>
        ))}
      </div>
      {over && runs && failed.length > 1 && (
        <button type="button" className="views-tool" disabled={busy} title="A new run that takes over all else" onClick={() => void retryItems(failed)} data-testid="retry-failed">
          <RotateCcw size={13} aria-hidden /> Retry all {failed.length.toLocaleString("en")} <span className="views-word">failed</span>
        </button>
      )}
    </div>
  );
}

/** Where a key leads from a row. */
function moved(key: string, at: number, page: number, last: number): number | null {
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + page, PageUp: at - page, Home: 0, End: last }[key];
  return to === undefined ? null : Math.max(0, Math.min(last, to));
}

export function ItemGrid() {
  const [choice, setChoice] = useState(ALL_ITEMS);
  const [active, setActive] = useState(0);
  const firing = useFiring(useFirings());
  const items = useItems(firing);
  const wanted = useDeferredValue(choice);
  const rows = useMemo(() => chosenItems(items, wanted), [items, wanted]);
  const chosen = useInspector((state) => state.item);
  const { frame, onScroll, from, to, reveal } = useWindow(ROW, HEAD);
  const shown = useMemo(() => rows.slice(from, to), [rows, from, to]);
  const inputOf = useInputs(shown);
  const id = useId();
  useEffect(() => setActive(0), [wanted, firing?.path]);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.target !== frame.current) return;
    const row = rows[active];
    if ((event.key === "Enter" || event.key === " ") && row) openItem(row.path);
    else if (event.key === "r" && row && !event.ctrlKey && !event.metaKey) actionNamed("retry-item")?.perform();
    else {
      const page = Math.max(1, Math.floor((frame.current?.clientHeight ?? 0) / ROW) - 2);
      const next = moved(event.key, active, page, rows.length - 1);
      if (next === null) return;
      setActive(next);
      reveal(next);
    }
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className="items" data-testid="items">
      <Filters items={items} choice={choice} onChoice={setChoice} />
      <div
        ref={frame}
        className="item-grid"
        role="grid"
        tabIndex={0}
        aria-label={`Items of ${firing?.path ?? "the node"}`}
        aria-rowcount={rows.length + 1}
        aria-colcount={COLUMNS.length}
        aria-activedescendant={rows.length ? `${id}-${active}` : undefined}
        onScroll={onScroll}
        onKeyDown={onKeyDown}
        data-testid="item-grid"
      >
        <Head choice={choice} onChoice={setChoice} />
        <div role="rowgroup" className="item-rows" style={{ height: rows.length * ROW }}>
          {shown.map((item, at) => (
            <Row key={item.index} item={item} input={inputOf(item)} row={from + at} active={from + at === active} chosen={item.path === chosen} id={`${id}-${from + at}`} />
          ))}
        </div>
      </div>
      <p className="for-readers" role="status">
        {rows.length} of {items.length} items
      </p>
      {items.length > 0 && rows.length === 0 && <p className="panel-empty">No item answers that.</p>}
    </div>
  );
}
