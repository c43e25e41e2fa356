/** Two values in one tree: what is the same is folded, what is not is marked in its place. */
import { ChevronRight } from "lucide-react";
import { useMemo, useState } from "react";

import { type Alike, partsOf, type Unlike } from "../model/alike";
import { apart } from "../model/compare";
import { cutOf } from "../model/cut";
import type { Json } from "../model/types";
import { RunOfValues } from "../runs/large";
import { Branch, preview } from "../runs/ValueView";

const PAGE = 50;
/** Longer texts are not laid side by side letter by letter. */
const LONGEST = 20_000;

interface Props {
  name: string | null;
  before: Json | undefined;
  after: Json | undefined;
  alike: Alike;
  /** The ids of the two runs. */
  runs: readonly [string, string];
  depth: number;
}

function isLeaf(value: Json | undefined): value is Json {
  return value !== undefined && (value === null || typeof value !== "object");
}

/** One side as it is: a leaf with its difference marked, or a tree of its own. */
function OneSide({ word, value, run, parts }: { word: "before" | "after"; value: Json; run: string; parts: { start: string; middle: string; end: string } | null }) {
  const Mark = word === "before" ? "del" : "ins";
  return (
    <div className={`diff-side value-${word}`} data-testid={`diff-${word}`}>
      <span className="value-sign" role="img" aria-label={word === "before" ? "earlier" : "later"}>
        {word === "before" ? "−" : "+"}
      </span>
      {parts ? (
        <code>
          {parts.start}
          <Mark>{parts.middle}</Mark>
          {parts.end}
        </code>
      ) : (
        <RunOfValues value={run}>
          <Branch name={null} value={value} depth={1} />
        </RunOfValues>
      )}
    </div>
  );
}

function Leaves({ name, before, after, runs }: Omit<Props, "alike" | "depth">) {
  const texts = [before, after].map((value) => (isLeaf(value) ? JSON.stringify(value) : "")) as [string, string];
  const long = Math.max(texts[0].length, texts[1].length) > LONGEST;
  const { start, before: old, after: now, end } = long ? { start: "", before: texts[0], after: texts[1], end: "" } : apart(...texts);
  return (
    <div className="diff-leaf">
      {name !== null && <span className="value-name">{name}</span>}
      <div>
        {before !== undefined && <OneSide word="before" value={before} run={runs[0]} parts={isLeaf(before) && !long ? { start, middle: old, end } : null} />}
        {after !== undefined && <OneSide word="after" value={after} run={runs[1]} parts={isLeaf(after) && !long ? { start, middle: now, end } : null} />}
      </div>
    </div>
  );
}

/** The parts that are the same: their number, and on demand themselves. */
function Same({ parts, run }: { parts: readonly (readonly [string, Json])[]; run: string }) {
  const [open, setOpen] = useState(false);
  if (!parts.length) return null;
  return (
    <>
      <button type="button" className="diff-same" aria-expanded={open} onClick={() => setOpen(!open)}>
        {open ? "hide" : "and"} {parts.length.toLocaleString("en")} that {parts.length === 1 ? "is" : "are"} the same
      </button>
      {open && (
        <RunOfValues value={run}>
          {parts.slice(0, PAGE).map(([name, value]) => (
            <Branch key={name} name={name} value={value} depth={2} />
          ))}
          {parts.length > PAGE && <p className="step-note">The first {PAGE} are shown.</p>}
        </RunOfValues>
      )}
    </>
  );
}

/** Two values that are not the same. */
export function ValueDiff({ name, before, after, alike, runs, depth }: Props) {
  const [open, setOpen] = useState(depth < 6);
  const [shown, setShown] = useState(PAGE);
  const parts = useMemo(
    () => (before === undefined || after === undefined ? null : partsOf(before, after, alike)),
    [before, after, alike],
  );
  if (!parts || after === undefined) return <Leaves name={name} before={before} after={after} runs={runs} />;
  const { unlike, same } = parts;
  const rows = unlike.slice(0, shown);
  return (
    <div className="value-branch">
      <button type="button" className="value-row value-fold" aria-expanded={open} onClick={() => setOpen(!open)}>
        <ChevronRight size={12} className="value-arrow" aria-hidden />
        {name !== null && <span className="value-name">{name}</span>}
        <span className="value-signs">{Array.isArray(after) ? "[ ]" : "{ }"}</span>
        {!open && <span className="value-preview">{preview(after)}</span>}
      </button>
      {open && (
        <div className="value-parts">
          {rows.map((part: Unlike) => (
            <ValueDiff key={part.name} {...part} alike={alike} runs={runs} depth={depth + 1} />
          ))}
          {unlike.length > shown && (
            <button type="button" className="value-more" onClick={() => setShown(shown + PAGE * 4)}>
              {(unlike.length - shown).toLocaleString("en")} more differences
            </button>
          )}
          <Same parts={same} run={runs[1]} />
        </div>
      )}
    </div>
  );
}

/** A title, and below it what differs; or that nothing does, with the value folded. */
export function ValuesCompared({ title, before, after, alike, runs }: Omit<Props, "name" | "depth"> & { title: string }) {
  if (before === undefined && after === undefined) return null;
  const same = before !== undefined && alike.are(before, after);
  const large = [before, after].every((value) => value !== undefined && cutOf(value));
  return (
    <section className="value-view" aria-label={title} data-testid={`compared-${title.toLowerCase()}`} data-same={same}>
      <header>
        <h3>{title}</h3>
        <span className={same ? "diff-verdict" : "diff-verdict is-changed"}>{same ? "the same" : large ? "differs (by its hash)" : "differs"}</span>
      </header>
      <div className="value-body">
        {same ? (
          <RunOfValues value={runs[1]}>
            <Branch name={null} value={before} depth={1} />
          </RunOfValues>
        ) : (
          <ValueDiff name={null} before={before} after={after} alike={alike} runs={runs} depth={0} />
        )}
      </div>
    </section>
  );
}
