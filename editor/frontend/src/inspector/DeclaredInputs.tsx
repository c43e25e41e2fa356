/** The inputs that a run of this blueprint is started with: name, type, required. */
import { X } from "lucide-react";
import { useState } from "react";

import type { JsonObject } from "../model/types";
import { isObject } from "../runs/inputs";
import { asStep, setBlueprint, useDraft } from "../store/document";
import { entryOf } from "../model/own";
import { AddItem } from "./fields/AddItem";

const TYPES = ["string", "number", "integer", "boolean", "object", "array"];

function put(inputs: JsonObject): void {
  asStep(() => setBlueprint("inputs", Object.keys(inputs).length ? inputs : undefined));
}

function renamed(inputs: JsonObject, before: string, after: string): JsonObject {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => [name === before ? after : name, value]),
  );
}

function freshName(inputs: JsonObject): string {
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? "input" : `input${number}`;
    if (entryOf(inputs, name) === undefined) return name;
  }
}

function NameOfInput({ name, onRename }: { name: string; onRename: (name: string) => boolean }) {
  const [text, setText] = useState(name);
  return (
    <input
      type="text"
      className="control"
      aria-label="Name of the input"
      spellCheck={false}
      value={text}
      onChange={(event) => setText(event.target.value)}
      onBlur={() => {
        if (text !== name && !onRename(text.trim())) setText(name);
      }}
      onKeyDown={(event) => {
        if (event.key === "Enter") event.currentTarget.blur();
      }}
    />
  );
}

export function DeclaredInputs() {
  const inputs = useDraft((state) => state.inputs);
  return (
    <div className="declared-inputs">
      {Object.entries(inputs).map(([name, value]) => {
        const declared = isObject(value) ? value : {};
        const type = typeof declared.type === "string" ? declared.type : "";
        const change = (part: JsonObject): void => put({ ...inputs, [name]: { ...declared, ...part } });
        return (
          <div key={name} className="declared-input">
            <NameOfInput
              name={name}
              onRename={(after) => {
                if (!after || entryOf(inputs, after) !== undefined) return false;
                put(renamed(inputs, name, after));
                return true;
              }}
            />
            <select
              className="control"
              aria-label={`Type of ${name}`}
              value={type}
              onChange={(event) => change({ type: event.target.value })}
            >
              {!TYPES.includes(type) && <option value={type}>{type || "any"}</option>}
              {TYPES.map((one) => (
                <option key={one} value={one}>
                  {one}
                </option>
              ))}
            </select>
            <button
              type="button"
              className="small-tool"
              aria-pressed={declared.required === true}
              aria-label={`${name} is required`}
              title="Required"
              onClick={() => change({ required: declared.required !== true })}
            >
              *
            </button>
            <button
              type="button"
              className="small-tool"
              aria-label={`Remove ${name}`}
              onClick={() => {
                const { [name]: _gone, ...rest } = inputs;
                put(rest);
              }}
            >
              <X size={13} aria-hidden />
            </button>
          </div>
        );
      })}
      <AddItem onAdd={() => put({ ...inputs, [freshName(inputs)]: { type: "string", required: true } })} testId="add-input">
        an input
      </AddItem>
    </div>
  );
}
