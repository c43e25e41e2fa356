/** The fields of an object schema, without the tools that a node's parameters have. */
import { labelOf } from "../model/labels";
import type { Json, JsonObject, Schema } from "../model/types";
import { ValueField } from "./fields/ValueField";
import { Within } from "./fields/Within";
import { kindOf, resolve } from "./schema";
import { Words } from "./Words";
import { entryOf } from "../model/own";

interface Props {
  schema: Schema;
  root: Schema;
  values: JsonObject;
  onChange: (name: string, value: Json | undefined) => void;
  missing?: readonly string[];
  prefix?: string;
}

export function SchemaFields({ schema, root, values, onChange, missing = [], prefix = "input-" }: Props) {
  return (
    <>
      {Object.entries(schema.properties ?? {}).map(([name, part]) => {
        const real = resolve(part, root);
        const label = labelOf(name, real);
        const id = prefix + name;
        const required = schema.required?.includes(name) ?? false;
        return (
          <div key={name} className="field" data-kind={kindOf(real)} data-testid={`field-${name}`}>
            <div className="field-head">
              <label htmlFor={id}>
                {label}
                {required && <abbr title="required">*</abbr>}
              </label>
            </div>
            <div className="field-control">
              <Within at={name} schema={real} value={entryOf(values, name)}>
                <ValueField
                  id={id}
                  label={label}
                  name={name}
                  schema={real}
                  root={root}
                  value={entryOf(values, name)}
                  invalid={missing.includes(name)}
                  onChange={(value) => onChange(name, value)}
                />
              </Within>
            </div>
            {real.description && <p className="field-help"><Words text={real.description} /></p>}
            {missing.includes(name) && <p className="field-error">This is required.</p>}
          </div>
        );
      })}
    </>
  );
}
