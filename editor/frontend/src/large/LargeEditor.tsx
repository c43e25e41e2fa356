/** A field's text in an editor of its own, with room; what is written there is in the field at once. */
import { useState } from "react";

import { useSight } from "../expressions/ask";
import { placeOf } from "../expressions/place";
import { Preview } from "../expressions/Preview";
import { Dialog } from "../frame/Dialog";
import { CodeArea, type Mode } from "./CodeArea";

interface Props {
  field: string;
  node: string;
  label: string;
  text: string;
  mode: Mode;
  /** Answers what is wrong with a text that the field can't take. */
  onText: (text: string) => string | null;
  onClose: () => void;
}

const HINTS: Record<Mode, string> = {
  json: "JSON. Tab indents, Escape closes.",
  template: "Text; what stands in {{ }} is computed. Ctrl+Space lists what can be used.",
  expression: "An expression. Ctrl+Space lists what can be used.",
};

export function LargeEditor({ field, node, label, text, mode, onText, onClose }: Props) {
  const [now, setNow] = useState(text);
  const [wrong, setWrong] = useState<string | null>(null);
  const { sight, moment } = useSight(node, placeOf(field, node));
  const written = mode === "expression" && now.trim() && !now.includes("{{") ? `{{ ${now} }}` : now;
  return (
    <Dialog title={label} onClose={onClose} wide testId="large-editor">
      <p className="large-hint">{HINTS[mode]}</p>
      <CodeArea
        label={label}
        text={text}
        mode={mode}
        sight={sight}
        moment={moment}
        onText={(next) => {
          setNow(next);
          setWrong(onText(next));
        }}
      />
      {wrong && <p className="field-error">{wrong}</p>}
      {mode !== "json" && written.includes("{{") && <Preview text={written} sight={sight} moment={moment} />}
    </Dialog>
  );
}
