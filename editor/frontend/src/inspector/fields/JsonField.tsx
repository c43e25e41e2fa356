/** Any value as JSON; where text is allowed too, what is no JSON is text. */
import { typedAt, useFieldName } from "../../expressions/place";
import { faultWords } from "../../model/fault";
import type { Json, Schema } from "../../model/types";
import { indent } from "./AreaField";
import { type FieldProps, placeholderOf } from "./types";
import { useText } from "./useText";

export function shownJson(value: Json | undefined, schema: Schema): string {
  if (value === undefined) return "";
  // Text that would read back as something else keeps its quotes.
  if (typeof value === "string" && acceptsText(schema) && readJson(value, schema) === value) return value;
  return JSON.stringify(value, null, 2);
}

function acceptsText(schema: Schema): boolean {
  const { type } = schema;
  return type === undefined || type === "string" || (Array.isArray(type) && type.includes("string"));
}

function readJson(text: string, schema: Schema): Json | undefined {
  if (!text.trim()) return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    if (acceptsText(schema)) return text;
    throw error;
  }
}

export function JsonField({ id, label, schema, value, onChange, invalid, rows }: FieldProps) {
  const { text, setText, broken } = useText(
    shownJson(value, schema),
    (typed) => readJson(typed, schema),
    onChange,
    useFieldName(id),
  );
  const least = rows ?? (acceptsText(schema) ? 1 : 3);
  return (
    <>
      <textarea
        id={id}
        className="control is-code"
        aria-label={label}
        aria-invalid={invalid || broken || undefined}
        rows={Math.min(16, Math.max(least, text.split("\n").length))}
        spellCheck={false}
        placeholder={placeholderOf(schema) || (schema.type === "array" ? "[ ]" : schema.type === "object" ? "{ }" : "")}
        value={text}
        onChange={(event) => {
          typedAt(event.target);
          setText(event.target.value);
        }}
        onKeyDown={least > 1 ? indent : undefined}
      />
      {broken && <p className="field-error">This is not valid JSON yet, so it is not taken over. {faultWords(text)}</p>}
    </>
  );
}
