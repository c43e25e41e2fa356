/** The text of a field while it is edited: the store's, except where it can't be read yet. */
import { useEffect, useRef, useState } from "react";

import type { Schema } from "../../model/types";

interface EditedText {
  text: string;
  setText: (text: string) => void;
  /** The text as it stands is no value of the field's type. */
  broken: boolean;
}

/** What was typed and could not be read, by its field: it is there again when that is shown again. */
const unread = new Map<string, { shown: string; text: string }>();

/**
 * `read` throws or answers undefined for text that is no value; then nothing is written. With a name of its own (`field`)
 * such a text stays while another node's form is looked at.
 */
export function useText<Value>(
  shown: string,
  read: (text: string) => Value,
  write: (value: Value) => void,
  field = "",
): EditedText {
  const left = unread.get(field);
  const again = left?.shown === shown;
  const [text, setLocal] = useState(again ? left.text : shown);
  const [broken, setBroken] = useState(again);
  const written = useRef(shown);
  useEffect(() => {
    // Undo, or someone else: what was not written here replaces the text.
    if (shown === written.current) return;
    written.current = shown;
    setLocal(shown);
    setBroken(false);
    unread.delete(field);
  }, [shown, field]);
  const setText = (next: string): void => {
    setLocal(next);
    try {
      const value = read(next);
      written.current = textOfValue(value);
      setBroken(false);
      unread.delete(field);
      write(value);
    } catch {
      setBroken(true);
      if (field) unread.set(field, { shown, text: next });
    }
  };
  return { text, setText, broken };
}

/** What holds while a text can't be read, as a sentence: what stood there before, or else the default. */
export function meanwhile(shown: string, schema: Schema): string {
  const holds = shown || (typeof schema.default === "number" ? String(schema.default) : "");
  return holds ? `Until then it is ${holds}.` : "Until then it is as if nothing were here.";
}

function textOfValue(value: unknown): string {
  if (value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}
