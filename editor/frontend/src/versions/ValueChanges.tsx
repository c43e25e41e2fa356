/** Old and new of each value that has changed, with what is different in them marked. */
import { apart, type ValueChange } from "../model/compare";
import type { Schema } from "../model/types";
import { shownName, shownValue } from "./SeenNode";

const GROUPS: Record<string, string> = { settings: "Setting", inputs: "Input", vars: "Variable" };

/** What people have named themselves is told as they did. */
const OWN_NAMES: ReadonlySet<string> = new Set(["inputs", "vars"]);

function nameOf({ group, name }: ValueChange, holder: Schema | undefined): string {
  const told = OWN_NAMES.has(group) ? name : shownName(name, holder);
  return GROUPS[group] ? `${GROUPS[group]}: ${told}` : told;
}

interface SideProps {
  word: "before" | "after";
  parts: { start: string; middle: string; end: string };
}

function OneSide({ word, parts: { start, middle, end } }: SideProps) {
  const Mark = word === "before" ? "del" : "ins";
  return (
    <pre className={`value-${word}`} data-testid={`value-${word}`}>
      <span className="value-sign" role="img" aria-label={word}>
        {word === "before" ? "−" : "+"}
      </span>
      <code>
        {start}
        {middle && <Mark>{middle}</Mark>}
        {end}
      </code>
    </pre>
  );
}

interface Props {
  changes: readonly ValueChange[];
  /** What the values are, by their group, where a form shows them. */
  holders?: Readonly<Record<string, Schema | undefined>>;
}

export function ValueChanges({ changes, holders = {} }: Props) {
  if (!changes.length) return null;
  return (
    <dl className="value-changes">
      {changes.map((change) => {
        const { group, name, before, after } = change;
        const holder = holders[group];
        const { start, before: old, after: now, end } = apart(shownValue(name, before, holder), shownValue(name, after, holder));
        return (
          <div key={`${group}.${name}`} data-testid={`value-${group || "own"}-${name}`}>
            <dt>{nameOf(change, holder)}</dt>
            <dd>
              {before !== undefined && <OneSide word="before" parts={{ start, middle: old, end }} />}
              {after !== undefined && <OneSide word="after" parts={{ start, middle: now, end }} />}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}
