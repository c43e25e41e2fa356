/** A calendar of days off, chosen among those that the operator keeps. */
import { useEffect } from "react";
import { create } from "zustand";

import { get } from "../../api/http";
import { useMay } from "../../store/rights";
import type { FieldProps } from "./types";

/** The names, once they have come; the operator may add one meanwhile, so each field asks again. */
const useCalendars = create<{ names: readonly string[] | null }>(() => ({ names: null }));

async function load(): Promise<void> {
  const found = await get<{ name: string }[]>("schedules/calendars/");
  useCalendars.setState({ names: found.map(({ name }) => name) });
}

export function CalendarField({ id, label, value, onChange, invalid }: FieldProps) {
  const names = useCalendars((state) => state.names);
  const edits = useMay("edit");
  const text = typeof value === "string" ? value : "";
  const unknown = names !== null && !names.includes(text);
  useEffect(() => {
    // What can't be had now is not offered; the next field that is shown asks again.
    if (edits) load().catch(() => undefined);
  }, [edits]);
  const nothing = names === null ? "Loading…" : names.length ? "Choose…" : "There are none yet";
  if (!edits) return <input id={id} type="text" className="control" aria-label={label} readOnly value={text} />;
  return (
    <select
      id={id}
      className="control"
      aria-label={label}
      aria-invalid={invalid || (unknown && text !== "") || undefined}
      value={text}
      onChange={(event) => onChange(event.target.value)}
    >
      {!text && <option value="">{nothing}</option>}
      {text && !names?.includes(text) && <option value={text}>{unknown ? `${text} (not found)` : text}</option>}
      {names?.map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  );
}
