/** One line of text; a secret is hidden until it is looked at. */
import { Eye, EyeOff } from "lucide-react";
import { useState } from "react";

import { typedAt } from "../../expressions/place";
import { type FieldProps, placeholderOf } from "./types";

interface Props extends FieldProps {
  secret?: boolean;
}

export function TextField({ id, label, schema, value, onChange, invalid, secret = false }: Props) {
  const [visible, setVisible] = useState(!secret);
  const text = value === undefined || value === null ? "" : typeof value === "string" ? value : JSON.stringify(value);
  return (
    <span className="field-text" data-secret={secret}>
      <input
        id={id}
        type={visible ? "text" : "password"}
        className="control"
        aria-label={label}
        aria-invalid={invalid || undefined}
        autoComplete="off"
        spellCheck={false}
        placeholder={placeholderOf(schema)}
        value={text}
        onChange={(event) => {
          typedAt(event.target);
          onChange(event.target.value);
        }}
      />
      {secret && (
        <button type="button" className="small-tool" aria-label={visible ? "Hide" : "Show"} onClick={() => setVisible(!visible)}>
          {visible ? <EyeOff size={14} aria-hidden /> : <Eye size={14} aria-hidden />}
        </button>
      )}
    </span>
  );
}
