/** A nested object: its own fields, indented. */
import type { JsonObject } from "../../model/types";
import { SchemaFields } from "../SchemaFields";
import type { FieldProps } from "./types";

export function ModelField({ id, label, schema, root, value, onChange }: FieldProps) {
  const values: JsonObject =
    typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
  return (
    <div className="field-model" role="group" aria-label={label} id={id}>
      <SchemaFields
        schema={schema}
        root={root}
        values={values}
        prefix={`${id}-`}
        onChange={(name, part) => {
          const { [name]: _old, ...rest } = values;
          if (part === undefined) onChange(rest);
          else onChange(name in values ? { ...values, [name]: part } : { ...rest, [name]: part });
        }}
      />
    </div>
  );
}
