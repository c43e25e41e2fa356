/** A date or a time as text, with the browser's calendar beside it. */
import { CalendarDays } from "lucide-react";
import { useRef } from "react";

import { type FieldProps, placeholderOf } from "./types";

const TIME = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}))?/;

export function MomentField({ id, label, schema, value, onChange, invalid }: FieldProps) {
  const picker = useRef<HTMLInputElement>(null);
  const text = typeof value === "string" ? value : "";
  const [, day, time] = TIME.exec(text) ?? [];
  return (
    <span className="field-text" data-secret>
      <input
        id={id}
        type="text"
        className="control"
        aria-label={label}
        aria-invalid={invalid || undefined}
        autoComplete="off"
        spellCheck={false}
        placeholder={placeholderOf(schema) || "2027-03-28T09:00"}
        value={text}
        onChange={(event) => onChange(event.target.value)}
      />
      <input
        ref={picker}
        type="datetime-local"
        className="field-picker"
        tabIndex={-1}
        aria-hidden
        value={day ? `${day}T${time ?? "00:00"}` : ""}
        onChange={(event) => onChange(event.target.value)}
      />
      <button
        type="button"
        className="small-tool"
        aria-label={`Choose ${label.toLowerCase()} in a calendar`}
        title="Choose in a calendar"
        onClick={() => picker.current?.showPicker()}
      >
        <CalendarDays size={14} aria-hidden />
      </button>
    </span>
  );
}
