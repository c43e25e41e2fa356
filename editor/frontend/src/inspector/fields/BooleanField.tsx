/** A switch. */
import type { FieldProps } from "./types";

export function BooleanField({ id, label, schema, value, onChange, invalid }: FieldProps) {
  const on = (value ?? schema.default ?? false) === true;
  return (
    <button
      id={id}
      type="button"
      role="switch"
      className="switch"
      aria-label={label}
      aria-checked={on}
      aria-invalid={invalid || undefined}
      onClick={() => onChange(!on)}
    >
      <span className="switch-knob" />
    </button>
  );
}
