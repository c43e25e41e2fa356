/** A cron expression, with what it says in words beneath. */
import { useAnswer } from "../../expressions/ask";
import { foresee } from "../foresee";
import { type FieldProps, placeholderOf } from "./types";

const COMMON: readonly (readonly [string, string])[] = [
  ["*/15 * * * *", "every quarter of an hour"],
  ["0 * * * *", "every hour"],
  ["0 9 * * *", "every day at nine"],
  ["0 9 * * MON-FRI", "on workdays at nine"],
  ["0 9 * * MON", "on Mondays at nine"],
  ["0 0 1 * *", "on the first of each month"],
  ["0 18 L * *", "on the last day of each month"],
  ["*/10 * * * * *", "every ten seconds"],
];

export function CronField({ id, label, schema, value, onChange, invalid }: FieldProps) {
  const text = typeof value === "string" ? value : "";
  const found = useAnswer((signal) => foresee({ cron: text }, signal), text, 250);
  const words = text ? found?.words : "";
  return (
    <span className="field-zone">
      <input
        id={id}
        type="text"
        className="control is-code"
        aria-label={label}
        aria-invalid={invalid || undefined}
        aria-describedby={words ? `${id}-words` : undefined}
        autoComplete="off"
        spellCheck={false}
        list={`${id}-common`}
        placeholder={placeholderOf(schema)}
        value={text}
        onChange={(event) => onChange(event.target.value || undefined)}
      />
      <datalist id={`${id}-common`}>
        {COMMON.map(([cron, meaning]) => (
          <option key={cron} value={cron}>
            {meaning}
          </option>
        ))}
      </datalist>
      {words && (
        <span className="field-note" id={`${id}-words`} data-testid="cron-words">
          {words}.
        </span>
      )}
    </span>
  );
}
