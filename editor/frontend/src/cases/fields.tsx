/** The fields of a test's form that other forms have not: an object as JSON, seconds, nodes. */
import { X } from "lucide-react";

import { indent } from "../inspector/fields/AreaField";
import { useText } from "../inspector/fields/useText";
import { isJsonObject, MOST_SECONDS, USUAL_SECONDS } from "../model/cases";
import type { DraftNode } from "../model/draft";
import { faultWords } from "../model/fault";
import type { Json, JsonObject } from "../model/types";

interface ObjectProps {
  id: string;
  label: string;
  value: JsonObject | undefined;
  placeholder?: string;
  /** How many there are at least. */
  rows?: number;
  onChange: (value: JsonObject | undefined) => void;
}

function readObject(text: string): JsonObject | undefined {
  if (!text.trim()) return undefined;
  const value = JSON.parse(text) as Json;
  if (!isJsonObject(value)) throw new TypeError(text);
  return Object.keys(value).length ? value : undefined;
}

export function ObjectField({ id, label, value, placeholder = "{ }", rows = 2, onChange }: ObjectProps) {
  const shown = value && Object.keys(value).length ? JSON.stringify(value, null, 2) : "";
  const { text, setText, broken } = useText(shown, readObject, onChange);
  return (
    <>
      <textarea
        id={id}
        className="control is-code"
        aria-label={label}
        aria-invalid={broken || undefined}
        rows={Math.min(14, Math.max(rows, text.split("\n").length))}
        spellCheck={false}
        placeholder={placeholder}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={indent}
      />
      {broken && <p className="field-error">This is no JSON object yet, so it is not taken over. {faultWords(text)}</p>}
    </>
  );
}

function readSeconds(text: string): number | undefined {
  if (!text.trim()) return undefined;
  const seconds = Number(text);
  if (!(seconds > 0 && seconds <= MOST_SECONDS)) throw new RangeError(text);
  return seconds;
}

export function SecondsField({ id, value, onChange }: { id: string; value: number | undefined; onChange: (value: number | undefined) => void }) {
  const { text, setText, broken } = useText(value === undefined ? "" : String(value), readSeconds, onChange);
  return (
    <>
      <input
        id={id}
        type="text"
        inputMode="decimal"
        className="control is-number"
        aria-invalid={broken || undefined}
        placeholder={String(USUAL_SECONDS)}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      {broken && <p className="field-error">More than 0, and at most {MOST_SECONDS}.</p>}
    </>
  );
}

/** Nodes to choose from, by their ids and titles. */
export function NodeOptions({ nodes }: { nodes: readonly DraftNode[] }) {
  return nodes.map((node) => (
    <option key={node.id} value={node.id}>
      {node.id}
      {node.title ? ` (${node.title})` : ""}
    </option>
  ));
}

interface NodesProps {
  id: string;
  label: string;
  names: readonly string[];
  nodes: readonly DraftNode[];
  onChange: (names: string[]) => void;
}

/** Some nodes: each can be taken out, and a list offers the others. */
export function NodesField({ id, label, names, nodes, onChange }: NodesProps) {
  const others = nodes.filter((node) => !names.includes(node.id));
  const known = new Set(nodes.map((node) => node.id));
  return (
    <div className="case-nodes" role="group" aria-label={label}>
      {names.map((name) => (
        <span key={name} className="case-node" data-unknown={!known.has(name) || undefined} title={known.has(name) ? undefined : "There is no such node"}>
          <code>{name}</code>
          <button type="button" className="small-tool" aria-label={`Take ${name} out of “${label}”`} onClick={() => onChange(names.filter((one) => one !== name))}>
            <X size={12} aria-hidden />
          </button>
        </span>
      ))}
      {others.length > 0 && (
        <select
          id={id}
          className="control"
          aria-label={`${label}: add a node`}
          value=""
          onChange={(event) => onChange([...names, event.target.value])}
        >
          <option value="">Add a node…</option>
          <NodeOptions nodes={others} />
        </select>
      )}
    </div>
  );
}
