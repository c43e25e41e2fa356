/** One of some values. */
import { options, titleOf } from "../schema";
import type { FieldProps } from "./types";

export function ChoiceField({ id, label, schema, value, onChange, invalid }: FieldProps) {
  const values = options(schema) ?? [];
  const now = value ?? schema.default;
  const at = values.findIndex((option) => option === now);
  return (
    <select
      id={id}
      className="control"
      aria-label={label}
      aria-invalid={invalid || undefined}
      value={at < 0 ? "" : String(at)}
      onChange={(event) => onChange(event.target.value === "" ? undefined : values[Number(event.target.value)])}
    >
      {at < 0 && <option value="">{now === undefined ? "Choose…" : `${JSON.stringify(now)} (not allowed)`}</option>}
      {values.map((option, index) => (
        <option key={JSON.stringify(option)} value={String(index)}>
          {titleOf(option, schema)}
        </option>
      ))}
    </select>
  );
}
