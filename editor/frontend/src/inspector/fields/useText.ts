/** The text of a field while it is edited: the store's, except where it can't be read yet. */
import { useEffect, useRef, useState } from "react";

interface EditedText {
  text: string;
  setText: (text: string) => void;
  /** The text as it stands is no value of the field's type. */
  broken: boolean;
}

/** `read` throws or answers undefined for text that is no value; then nothing is written. */
export function useText<Value>(
  shown: string,
  read: (text: string) => Value,
  write: (value: Value) => void,
): EditedText {
  const [text, setLocal] = useState(shown);
  const [broken, setBroken] = useState(false);
  const written = useRef(shown);
  useEffect(() => {
    // Undo, or someone else: what was not written here replaces the text.
    if (shown === written.current) return;
    written.current = shown;
    setLocal(shown);
    setBroken(false);
  }, [shown]);
  const setText = (next: string): void => {
    setLocal(next);
    try {
      const value = read(next);
      written.current = textOfValue(value);
      setBroken(false);
      write(value);
    } catch {
      setBroken(true);
    }
  };
  return { text, setText, broken };
}

function textOfValue(value: unknown): string {
  if (value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}
