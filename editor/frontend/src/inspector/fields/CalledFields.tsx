/** What the called blueprint declares: its inputs as fields, its outputs to choose from. */
import { createContext, useContext } from "react";

import type { JsonObject, Schema } from "../../model/types";
import { useInterface } from "../../store/others";
import { ModelField } from "./ModelField";
import { PairsField } from "./PairsField";
import type { FieldProps } from "./types";
import { entryOf } from "../../model/own";

/** The text that names the called blueprint, for the fields below. */
export const Called = createContext("");

/** An input as a document declares it, as a schema: there, `required` stands beside the rest. */
function plain({ required: _required, ...rest }: JsonObject): Schema {
  return rest as Schema;
}

export function CalledInputs(props: FieldProps) {
  const called = useInterface(useContext(Called));
  const { value } = props;
  const given = typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
  const names = Object.keys(called?.inputs ?? {});
  // What the other does not declare (any more) must be seen to be taken out.
  if (!called || Object.keys(given).some((name) => !names.includes(name))) {
    return <PairsField {...props} schema={{ type: "object", additionalProperties: {} }} />;
  }
  if (!names.length) return <p className="field-note">It declares no inputs.</p>;
  const schema: Schema = {
    type: "object",
    properties: Object.fromEntries(names.map((name) => [name, plain(entryOf(called.inputs, name) ?? {})])),
    required: names.filter((name) => entryOf(called.inputs, name)?.["required"] === true),
  };
  return <ModelField {...props} schema={schema} root={{}} />;
}

export function CalledOutputs({ id, label, value, onChange }: FieldProps) {
  const called = useInterface(useContext(Called));
  const chosen = Array.isArray(value) ? value.filter((name) => typeof name === "string") : [];
  const names = [...new Set([...(called?.outputs ?? []), ...chosen])];
  if (!names.length) return <p className="field-note">It declares no outputs.</p>;
  return (
    <div className="field-checks" role="group" aria-label={label} id={id}>
      {names.map((name) => (
        <label key={name}>
          <input
            type="checkbox"
            checked={chosen.includes(name)}
            onChange={(event) => {
              const after = names.filter((one) => (one === name ? event.target.checked : chosen.includes(one)));
              onChange(after.length ? after : undefined);
            }}
          />
          {name}
        </label>
      ))}
    </div>
  );
}
