/** An expression, or text with expressions in it: monospace, tinted, growing with its lines. */
import { useEffect, useRef } from "react";

import { type FieldProps, placeholderOf } from "./types";

interface Props extends FieldProps {
  /** An expression as it is, without braces. */
  bare?: boolean;
  onLeave?: (text: string) => void;
}

export function ExpressionField({ id, label, schema, value, onChange, invalid, bare = false, onLeave }: Props) {
  const area = useRef<HTMLTextAreaElement>(null);
  const text = typeof value === "string" ? value : "";
  useEffect(() => {
    const element = area.current;
    if (!element || element.value !== "{{  }}") return;
    // A fresh expression: the caret waits between the braces.
    element.focus();
    element.setSelectionRange(3, 3);
  }, []);
  return (
    <textarea
      ref={area}
      id={id}
      className="control is-expression"
      aria-label={`${label} (expression)`}
      aria-invalid={invalid || undefined}
      rows={Math.min(12, text.split("\n").length)}
      spellCheck={false}
      placeholder={placeholderOf(schema) || (bare ? "item.name == \"…\"" : "{{ input }}")}
      onBlur={(event) => onLeave?.(event.target.value)}
      value={text}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}
