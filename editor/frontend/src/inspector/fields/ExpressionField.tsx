/** An expression, or text with expressions in it: monospace, tinted, growing with its lines. */
import { useEffect } from "react";

import { useActive } from "../../expressions/place";
import { useAssist } from "../../expressions/useAssist";
import { type FieldProps, placeholderOf } from "./types";

interface Props extends FieldProps {
  /** An expression as it is, without braces. */
  bare?: boolean;
  /** The braces may be left out while it is written: they are put in when the field is left. */
  loose?: boolean;
  onLeave?: (text: string) => void;
}

export function ExpressionField({ id, label, schema, value, onChange, invalid, bare = false, loose = false, onLeave }: Props) {
  const text = typeof value === "string" ? value : "";
  const assist = useAssist(id, text, bare || loose);
  const element = assist.area;
  useEffect(() => {
    if (!element) return;
    const { field, caret } = useActive.getState();
    if (field === id && caret !== null) {
      element.focus();
      element.setSelectionRange(caret, caret);
    }
    if (element.value !== "{{  }}") return;
    // A fresh expression: the caret waits between the braces.
    element.focus();
    element.setSelectionRange(3, 3);
  }, [element]);
  return (
    <>
      <textarea
        ref={assist.ref}
        onFocus={assist.onFocus}
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
      {assist.below}
    </>
  );
}
