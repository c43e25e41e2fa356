/** Old and new of each value that has changed, with what is different in them marked. */
import { apart, type ValueChange } from "../model/compare";
import type { NodeSpec } from "../model/types";
import { shownValue } from "./SeenNode";

const GROUPS: Record<string, string> = { settings: "Setting", inputs: "Input", vars: "Variable" };

function nameOf({ group, name }: ValueChange, spec: NodeSpec | undefined): string {
  if (group === "parameters") return spec?.parameters.properties?.[name]?.title ?? name;
  const plain = name.replaceAll("_", " ");
  return group ? `${GROUPS[group] ?? group}: ${plain}` : plain.charAt(0).toUpperCase() + plain.slice(1);
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

export function ValueChanges({ changes, spec }: { changes: readonly ValueChange[]; spec?: NodeSpec | undefined }) {
  if (!changes.length) return null;
  return (
    <dl className="value-changes">
      {changes.map((change) => {
        const { group, name, before, after } = change;
        const { start, before: old, after: now, end } = apart(shownValue(before), shownValue(after));
        return (
          <div key={`${group}.${name}`} data-testid={`value-${group || "own"}-${name}`}>
            <dt>{nameOf(change, spec)}</dt>
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
