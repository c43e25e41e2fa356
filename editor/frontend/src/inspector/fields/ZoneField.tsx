/** A time zone by its name, found among all that there are, with the time that it is there. */
import { createContext, useContext, useState } from "react";

import { useNow } from "../../runs/useNow";
import { type FieldProps, placeholderOf } from "./types";
import { meaningOf, timeIn, zones } from "./zones";

/** The date or time that is meant in the zone; "" where there is none. */
export const Dated = createContext("");

export function ZoneField({ id, label, schema, value, onChange, invalid }: FieldProps) {
  const text = typeof value === "string" ? value : "";
  const now = useNow(10_000);
  const zone = text || placeholderOf(schema);
  const dated = useContext(Dated);
  // Hundreds, which would be most of what a form shows; a field has the focus before they are asked for.
  const [wanted, setWanted] = useState(false);
  const time = timeIn(zone, now);
  const told = meaningOf(dated, zone, now) ?? (time && `Now ${time} in ${zone}`);
  return (
    <span className="field-zone">
      <input
        id={id}
        type="text"
        className="control"
        aria-label={label}
        aria-invalid={invalid || undefined}
        aria-describedby={told ? `${id}-now` : undefined}
        autoComplete="off"
        spellCheck={false}
        list={`${id}-zones`}
        placeholder={placeholderOf(schema)}
        value={text}
        onFocus={() => setWanted(true)}
        onChange={(event) => onChange(event.target.value || undefined)}
      />
      <datalist id={`${id}-zones`}>
        {wanted && zones().map((name) => <option key={name} value={name} />)}
      </datalist>
      {told && (
        <span className="field-note" id={`${id}-now`}>
          {told}.
        </span>
      )}
    </span>
  );
}
