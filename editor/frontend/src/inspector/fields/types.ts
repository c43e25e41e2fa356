/** What every kind of field is given. */
import type { Json, Schema } from "../../model/types";

export interface FieldProps {
  /** The id of the element that the label names. */
  id: string;
  label: string;
  name: string;
  /** Resolved: no reference, no null. */
  schema: Schema;
  root: Schema;
  value: Json | undefined;
  onChange: (value: Json | undefined) => void;
  invalid?: boolean;
  rows?: number;
}

/** What an empty field shows: the default that then holds, or an example. */
export function placeholderOf(schema: Schema): string {
  const { default: normal, examples } = schema;
  if (normal !== "" && (typeof normal === "string" || typeof normal === "number")) return String(normal);
  const placeholder = schema["placeholder"];
  if (typeof placeholder === "string") return placeholder;
  const example = examples?.[0];
  return typeof example === "string" || typeof example === "number" ? `e.g. ${example}` : "";
}
