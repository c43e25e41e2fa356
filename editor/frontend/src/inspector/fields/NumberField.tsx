/** A number; an empty field leaves the default in force. */
import { useBeginning, useFieldName } from "../../expressions/place";
import { type FieldProps, placeholderOf } from "./types";
import { meanwhile, useText } from "./useText";

/** What a number may be where nothing else is kept; elsewhere the checks of the drawing tell. */
export interface Bounds {
  least?: number;
  /** It must be larger than this. */
  above?: number;
  most?: number;
  /** It may not be left empty. */
  needed?: boolean;
}

/** Why a text is no such number, as a sentence; "" where it is one. */
export function whyNoNumber(text: string, whole: boolean, { least, above, most, needed }: Bounds = {}): string {
  if (!text.trim()) return needed ? "This needs a number." : "";
  const value = Number(text);
  if (!Number.isFinite(value)) return whole ? "This must be a whole number." : "This must be a number.";
  if (whole && !Number.isInteger(value)) return "This must be a whole number.";
  const low = (least !== undefined && value < least) || (above !== undefined && value <= above);
  if (!low && (most === undefined || value <= most)) return "";
  const from = least !== undefined ? `at least ${least.toLocaleString("en")}` : above !== undefined ? `more than ${above.toLocaleString("en")}` : "";
  const to = most !== undefined ? `at most ${most.toLocaleString("en")}` : "";
  return `This must be ${[from, to].filter(Boolean).join(" and ")}.`;
}

export function NumberField({ id, label, schema, value, onChange, invalid, bounds }: FieldProps & { bounds?: Bounds }) {
  const whole = schema.type === "integer";
  const readNumber = (typed: string): number | undefined => {
    const reason = whyNoNumber(typed, whole, bounds);
    if (reason) throw new RangeError(reason);
    return typed.trim() ? Number(typed) : undefined;
  };
  const shown = value === undefined || value === null ? "" : String(value);
  const { text, setText, broken } = useText(shown, readNumber, onChange, useFieldName(id));
  const begins = useBeginning({ schema, value, onChange });
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
        onChange={(event) => begins(event.target) || setText(event.target.value)}
      />
      {broken && (
        <p className="field-error" role="alert">
          {whyNoNumber(text, whole, bounds)} {meanwhile(shown, schema)}
        </p>
      )}
    </>
  );
}
