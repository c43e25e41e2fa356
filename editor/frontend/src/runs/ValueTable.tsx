/** A value as a table; what is too large to be sent with its event is read page by page. */
import { useState } from "react";

import { type Cut, cutOf } from "../model/cut";
import { tableOf } from "../model/inferred";
import type { Json } from "../model/types";
import { partsOf, usePage } from "./large";
import { Pager } from "./LargeValue";

const ROWS = 50;
/** Of the lists in an object, so many are tables below each other. */
const TABLES = 8;
/** Of a cell, in characters. */
const LONGEST = 120;

function cell(value: Json | undefined): string {
  if (value === undefined) return "";
  const cut = cutOf(value);
  const text = cut ? `${cut.start}…` : typeof value === "string" ? value : JSON.stringify(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

function Rows({ value, from }: { value: Json; from: number }) {
  const table = tableOf(value);
  if (!table) return <p className="step-note">This is one value, and no table.</p>;
  const numbered = Array.isArray(value);
  return (
    <div className="value-table" tabIndex={0} role="group" aria-label="Table">
      <table>
        <thead>
          <tr>
            {numbered && <th scope="col">#</th>}
            {table.columns.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row, at) => (
            <tr key={at}>
              {numbered && <th scope="row">{from + at}</th>}
              {row.map((part, column) => (
                <td key={column} className={`value-${part === null ? "null" : typeof part}`}>
                  {cell(part)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function LargeTable({ cut }: { cut: Cut }) {
  const [offset, setOffset] = useState(0);
  const page = usePage(cut, offset, ROWS);
  if (!page) return <p className="step-note">Loading…</p>;
  const count = page.items?.length ?? Object.keys(page.entries ?? {}).length;
  return (
    <>
      {page.length > ROWS && count > 0 && <Pager page={page} count={count} limit={ROWS} unit="rows" onGo={setOffset} />}
      <Rows value={partsOf(page)} from={page.offset} />
    </>
  );
}

/** Whether a part of an object is a table of its own. */
function isTable(value: Json): boolean {
  const cut = cutOf(value);
  return cut ? cut.kind === "list" : Array.isArray(value) && value.some((item) => item !== null && typeof item === "object");
}

export function ValueTable({ value }: { value: Json }) {
  const [offset, setOffset] = useState(0);
  const cut = cutOf(value);
  if (cut) return <LargeTable cut={cut} />;
  const entries = Array.isArray(value) || value === null || typeof value !== "object" ? [] : Object.entries(value);
  const tables = entries.filter(([, part]) => isTable(part)).slice(0, TABLES);
  if (tables.length) {
    const rest = entries.filter((entry) => !tables.includes(entry));
    return (
      <>
        {rest.length > 0 && <ValueTable value={Object.fromEntries(rest)} />}
        {tables.map(([name, part]) => (
          <section key={name} className="value-table-of">
            <h4>{name}</h4>
            <ValueTable value={part} />
          </section>
        ))}
      </>
    );
  }
  const all = Array.isArray(value) ? value : entries;
  if (all.length <= ROWS) return <Rows value={value} from={0} />;
  const some = all.slice(offset, offset + ROWS);
  const part = Array.isArray(value) ? (some as Json[]) : Object.fromEntries(some as [string, Json][]);
  return (
    <>
      <Pager page={{ length: all.length, offset }} count={some.length} limit={ROWS} unit="rows" onGo={setOffset} />
      <Rows value={part} from={offset} />
    </>
  );
}
