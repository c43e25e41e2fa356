/** A time zone by its name, found among all that there are, with the time that it is there. */
import { useNow } from "../../runs/useNow";
import { type FieldProps, placeholderOf } from "./types";
import { timeIn, zones } from "./zones";

export function ZoneField({ id, label, schema, value, onChange, invalid }: FieldProps) {
  const text = typeof value === "string" ? value : "";
  const now = useNow(10_000);
  const zone = text || placeholderOf(schema);
  const time = timeIn(zone, now);
  return (
    <span className="field-zone">
      <input
        id={id}
        type="text"
        className="control"
        aria-label={label}
        aria-invalid={invalid || undefined}
        aria-describedby={time ? `${id}-now` : undefined}
        autoComplete="off"
        spellCheck={false}
        list={`${id}-zones`}
        placeholder={placeholderOf(schema)}
        value={text}
        onChange={(event) => onChange(event.target.value || undefined)}
      />
      <datalist id={`${id}-zones`}>
        {zones().map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      {time && (
        <span className="field-note" id={`${id}-now`}>
          Now {time} in {zone}.
        </span>
      )}
    </span>
  );
}
