/** A value as JSON text; what is too large to be sent with its event is read page by page, in its place. */
import { Fragment, useState } from "react";

import { type Cut, cutOf } from "../model/cut";
import type { Json } from "../model/types";
import { PARTS, UNITS, Pager } from "./LargeValue";
import { bytes, partsOf, usePage } from "./large";

/** Stands in the text for a value that is cut, by its number. */
const PLACE = /"\\u0000cut (\d+)"/;

function LargeText({ cut }: { cut: Cut }) {
  const [offset, setOffset] = useState(0);
  const limit = PARTS[cut.kind];
  const page = usePage(cut, offset, limit);
  if (!page) return <p className="step-note">Loading…</p>;
  const parts = partsOf(page);
  const count = typeof parts === "string" ? parts.length : parts === null ? 1 : Object.keys(parts).length;
  return (
    <div className="value-large-text" data-testid="large-text">
      <span className="value-preview">
        {bytes(cut.size)}
        {page.length > count && `, of which some ${UNITS[cut.kind]} are shown`}
      </span>
      {page.length > limit && <Pager page={page} count={count} limit={limit} unit={UNITS[cut.kind]} onGo={setOffset} />}
      <pre>{JSON.stringify(parts, null, 2)}</pre>
    </div>
  );
}

export function JsonText({ value }: { value: Json }) {
  const cuts: Cut[] = [];
  const text = JSON.stringify(
    value,
    (_key, part: Json) => {
      const cut = cutOf(part);
      return cut ? `\u0000cut ${cuts.push(cut) - 1}` : part;
    },
    2,
  );
  // What is split by has a group: every other piece is the number of a cut.
  return text.split(PLACE).map((piece, index) => {
    const cut = index % 2 ? cuts[Number(piece)] : null;
    return <Fragment key={index}>{cut ? <LargeText cut={cut} /> : piece && <pre>{piece}</pre>}</Fragment>;
  });
}
