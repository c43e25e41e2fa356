/** Names with values, such as headers: two columns. */
import { X } from "lucide-react";
import { useEffect, useRef, useState } from "react";

import type { Json, JsonObject } from "../../model/types";
import { resolve } from "../schema";
import { AddItem, leaveRow } from "./AddItem";
import { ValueField } from "./ValueField";
import { Within } from "./Within";
import type { FieldProps } from "./types";

interface Pair {
  key: number;
  name: string;
  value: Json;
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function toObject(pairs: readonly Pair[]): JsonObject {
  return Object.fromEntries(pairs.filter((pair) => pair.name).map((pair) => [pair.name, pair.value]));
}

export function PairsField({ id, label, schema, root, value, onChange }: FieldProps) {
  const next = useRef(0);
  const toPairs = (object: JsonObject): Pair[] =>
    Object.entries(object).map(([name, part]) => ({ key: next.current++, name, value: part }));
  const object = isObject(value) ? value : isObject(schema.default) ? schema.default : {};
  // Unfinished rows (no name yet, or a name twice) live here only.
  const [pairs, setPairs] = useState<Pair[]>(() => toPairs(object));
  const outside = JSON.stringify(object);
  useEffect(() => {
    setPairs((now) => (JSON.stringify(toObject(now)) === outside ? now : toPairs(JSON.parse(outside) as JsonObject)));
  }, [outside]);

  const take = (changed: Pair[]): void => {
    setPairs(changed);
    onChange(toObject(changed));
  };
  const put = (key: number, part: Partial<Pair>): void =>
    take(pairs.map((pair) => (pair.key === key ? { ...pair, ...part } : pair)));
  const names = pairs.map((pair) => pair.name);
  const item = typeof schema.additionalProperties === "object" ? resolve(schema.additionalProperties, root) : {};

  return (
    <div className="field-pairs" role="group" aria-label={label} id={id}>
      {pairs.map((pair, index) => {
        const twice = pair.name !== "" && names.indexOf(pair.name) !== index;
        return (
          <div key={pair.key} className="pair">
            <input
              type="text"
              className="control"
              aria-label={`${label}: name ${index + 1}`}
              aria-invalid={twice || undefined}
              title={twice ? "This name stands here twice; the last one counts." : pair.name}
              placeholder="name"
              spellCheck={false}
              value={pair.name}
              onChange={(event) => put(pair.key, { name: event.target.value })}
            />
            <Within at={pair.name} schema={item} value={pair.value}>
              <ValueField
                id={`${id}-${pair.key}`}
                label={`${label}: value ${index + 1}`}
                name={pair.name}
                schema={item}
                root={root}
                // As JSON an empty text would be two quotes, and whoever goes on writing would write beside them.
                value={pair.value === "" ? undefined : pair.value}
                onChange={(changed) => put(pair.key, { value: changed ?? "" })}
              />
            </Within>
            <button
              type="button"
              className="small-tool"
              aria-label={`Remove ${pair.name || `row ${index + 1}`}`}
              onClick={(event) => {
                leaveRow(event);
                take(pairs.filter((other) => other.key !== pair.key));
              }}
            >
              <X size={13} aria-hidden />
            </button>
          </div>
        );
      })}
      <AddItem onAdd={() => setPairs([...pairs, { key: next.current++, name: "", value: "" }])}>{pairs.length ? "another" : "one"}</AddItem>
    </div>
  );
}
