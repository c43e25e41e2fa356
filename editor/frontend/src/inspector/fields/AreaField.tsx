/** Several lines of text; as code it is monospace and Tab indents. */
import type { KeyboardEvent } from "react";

import { useAssist } from "../../expressions/useAssist";
import { isExpression } from "../schema";
import { type FieldProps, placeholderOf } from "./types";

interface Props extends FieldProps {
  code?: boolean;
}

/** Insert two spaces through the browser's own editing, so that its undo knows of it. */
export function indent(event: KeyboardEvent<HTMLTextAreaElement>): void {
  if (event.key !== "Tab" || event.shiftKey || event.altKey || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  document.execCommand("insertText", false, "  ");
}

export function AreaField({ id, label, schema, value, onChange, invalid, rows, code = false }: Props) {
  const text = typeof value === "string" ? value : value === undefined || value === null ? "" : JSON.stringify(value, null, 2);
  const lines = Math.min(16, Math.max(rows ?? (code ? 6 : 3), text.split("\n").length));
  const assist = useAssist(id, text);
  return (
    <>
      <textarea
        ref={assist.ref}
        onFocus={assist.onFocus}
        id={id}
        className={`control${isExpression(value) ? " is-expression" : code ? " is-code" : ""}`}
        aria-label={label}
        aria-invalid={invalid || undefined}
        rows={lines}
        spellCheck={!code}
        wrap={code ? "off" : "soft"}
        placeholder={placeholderOf(schema)}
        value={text}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={code ? indent : undefined}
      />
      {assist.below}
    </>
  );
}
