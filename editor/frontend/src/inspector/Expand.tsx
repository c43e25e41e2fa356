/** The button that opens a field's text in a larger editor. */
import { Maximize2 } from "lucide-react";
import { useState } from "react";
import { createPortal } from "react-dom";

import type { Mode } from "../large/CodeArea";
import { later } from "../later";
import type { Json, Schema } from "../model/types";
import { Part } from "../Part";
import { shownJson } from "./fields/JsonField";
import type { FieldKind } from "./schema";

const LargeEditor = later(() => import("../large/LargeEditor").then((m) => m.LargeEditor), { large: true });

interface Props {
  id: string;
  node: string;
  label: string;
  kind: FieldKind;
  schema: Schema;
  value: Json | undefined;
  /** The field is in expression mode. */
  computed: boolean;
  onChange: (value: Json | undefined) => void;
}

const EXPANDS: ReadonlySet<FieldKind> = new Set<FieldKind>(["text", "multiline", "code", "formula", "json"]);

export function Expand({ id, node, label, kind, schema, value, computed, onChange }: Props) {
  // What it is, it stays while it is open: half of an object would be a text.
  const [open, setOpen] = useState<Mode | null>(null);
  if (!computed && !EXPANDS.has(kind)) return null;
  const asJson = kind === "json" && !computed && typeof value !== "string";
  const text = typeof value === "string" ? value : asJson ? shownJson(value, schema) : value === undefined ? "" : JSON.stringify(value);
  const take = (next: string): string | null => {
    try {
      onChange(open !== "json" ? next : next.trim() ? (JSON.parse(next) as Json) : undefined);
      return null;
    } catch {
      return "This is not valid JSON yet, so it is not taken over.";
    }
  };
  return (
    <>
      <button
        type="button"
        className="small-tool"
        aria-label={`${label} in a larger editor`}
        title="Open in a larger editor"
        onClick={() => setOpen(asJson ? "json" : kind === "formula" ? "expression" : "template")}
        data-testid={`expand-${id}`}
      >
        <Maximize2 size={12} aria-hidden />
      </button>
      {open &&
        createPortal(
          <Part>
            <LargeEditor
              field={id}
              node={node}
              label={label}
              text={text}
              mode={open}
              onText={take}
              onClose={() => setOpen(null)}
            />
          </Part>,
          document.body,
        )}
    </>
  );
}
