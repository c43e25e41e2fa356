/** A code editor (CodeMirror) for a text: JSON, or one with expressions, which it completes. */
import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  type CompletionContext,
  completionKeymap,
  type CompletionResult,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { json, jsonParseLinter } from "@codemirror/lang-json";
import { bracketMatching, indentUnit } from "@codemirror/language";
import { linter } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import { drawSelection, EditorView, keymap, lineNumbers } from "@codemirror/view";
import { useEffect, useRef } from "react";

import { membersOf, type Sight, theLanguage } from "../expressions/ask";
import { contextAt } from "../expressions/caret";
import { optionsFor } from "../expressions/options";
import { colours, expressions } from "./language";

export type Mode = "json" | "template" | "expression";

interface Props {
  label: string;
  text: string;
  mode: Mode;
  onText: (text: string) => void;
  sight: Sight;
  moment: string;
}

/** The same list as in the fields; what fits is chosen there, so that both agree. */
function completer(now: () => { sight: Sight; moment: string }, bare: boolean) {
  return async (context: CompletionContext): Promise<CompletionResult | null> => {
    const text = context.state.doc.toString();
    const at = contextAt(text, context.pos, bare);
    if (!at || (!context.explicit && at.form === "name" && !at.word)) return null;
    const { sight, moment } = now();
    try {
      const [found, language] = await Promise.all([membersOf(sight, moment, at.owner), theLanguage()]);
      const options = optionsFor(at, found.members ?? [], language, found.owner?.type ?? null);
      return {
        from: at.from,
        to: at.to,
        filter: false,
        options: options.map((option, place) => ({
          label: option.label,
          detail: `${option.detail}  ${option.type === "call" ? "ƒ" : option.type}`,
          boost: -place,
          apply: (view: EditorView) => {
            view.dispatch({
              changes: { from: at.from, to: at.to, insert: option.insert },
              selection: { anchor: at.from + option.insert.length - option.back },
              userEvent: "input.complete",
            });
          },
        })),
      };
    } catch {
      return null; // the server can't be reached now
    }
  };
}

export function CodeArea({ label, text, mode, onText, sight, moment }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const now = useRef({ sight, moment, onText });
  now.current = { sight, moment, onText };
  useEffect(() => {
    if (!place.current) return;
    const bare = mode === "expression";
    const view = new EditorView({
      parent: place.current,
      state: EditorState.create({
        doc: text,
        selection: { anchor: text.length },
        extensions: [
          lineNumbers(),
          history(),
          drawSelection(),
          bracketMatching(),
          closeBrackets(),
          indentUnit.of("  "),
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ "aria-label": label }),
          mode === "json" ? [json(), linter(jsonParseLinter())] : expressions(bare),
          colours,
          autocompletion({ override: [completer(() => now.current, bare)], icons: false }),
          keymap.of([...closeBracketsKeymap, ...completionKeymap, ...historyKeymap, indentWithTab, ...defaultKeymap]),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) now.current.onText(update.state.doc.toString());
          }),
        ],
      }),
    });
    // The dialog around opens after this, and would give the focus to its first button.
    const frame = requestAnimationFrame(() => view.focus());
    return () => {
      cancelAnimationFrame(frame);
      view.destroy();
    };
    // The text is its own from here on; the field takes over each change.
  }, [mode, label]);
  return <div ref={place} className="code-area" data-testid="code-area" />;
}
