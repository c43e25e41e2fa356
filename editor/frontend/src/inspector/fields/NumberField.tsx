/** A number; an empty field leaves the default in force. */
import { type FieldProps, placeholderOf } from "./types";
import { useText } from "./useText";

function readNumber(text: string, whole: boolean): number | undefined {
  if (!text.trim()) return undefined;
  const value = Number(text);
  if (!Number.isFinite(value) || (whole && !Number.isInteger(value))) throw new RangeError(text);
  return value;
}

export function NumberField({ id, label, schema, value, onChange, invalid }: FieldProps) {
  const whole = schema.type === "integer";
  const shown = value === undefined || value === null ? "" : String(value);
  const { text, setText, broken } = useText(shown, (typed) => readNumber(typed, whole), onChange);
  return (
    <>
      <input
        id={id}
        type="text"
        inputMode={whole ? "numeric" : "decimal"}
        className="control is-number"
        aria-label={label}
        aria-invalid={invalid || broken || undefined}
        placeholder={placeholderOf(schema)}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      {broken && <p className="field-error">{whole ? "This must be a whole number." : "This must be a number."}</p>}
    </>
  );
}
