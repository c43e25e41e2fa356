/** A number of seconds, which may be written with units; what it comes to is said beneath. */
import { useBeginning, useFieldName } from "../../expressions/place";
import { durationWords, readDuration } from "../duration";
import { type FieldProps, placeholderOf } from "./types";
import { meanwhile, useText } from "./useText";

export function DurationField({ id, label, schema, value, onChange, invalid }: FieldProps) {
  const shown = value === undefined || value === null ? "" : String(value);
  const { text, setText, broken } = useText(shown, readDuration, onChange, useFieldName(id));
  const begins = useBeginning({ schema, value, onChange });
  const holds = typeof value === "number" ? value : typeof schema.default === "number" ? schema.default : 0;
  const words = durationWords(holds);
  return (
    <>
      <span className="field-unit">
        <input
          id={id}
          type="text"
          className="control is-number"
          aria-label={label}
          aria-invalid={invalid || broken || undefined}
          title="Seconds, or with units: 90, 5 min, 1h 30m, 2 days"
          autoComplete="off"
          placeholder={placeholderOf(schema)}
          value={text}
          onChange={(event) => begins(event.target) || setText(event.target.value)}
          // What was written with units is kept as seconds, and then shown so.
          onBlur={() => !broken && text !== shown && setText(shown)}
        />
        {words && !broken && <span className="field-words">{words}</span>}
      </span>
      {broken && (
        <p className="field-error" role="alert">
          This must be seconds, or such as 5 min, 1h 30m or 2 days. {meanwhile(durationWords(holds) || shown, schema)}
        </p>
      )}
    </>
  );
}
