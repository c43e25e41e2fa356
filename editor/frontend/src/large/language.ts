/** How texts with expressions are coloured; an expression without braces is all expression. */
import { HighlightStyle, StreamLanguage, type StringStream, syntaxHighlighting } from "@codemirror/language";
import type { Extension } from "@codemirror/state";
import { tags } from "@lezer/highlight";

interface State {
  inside: boolean;
  /** Braces of objects that are open within the expression. */
  depth: number;
}

const WORDS = /^(?:and|or|not|in|is|if|else|for)\b/;
const CONSTANTS = /^(?:true|false|null|True|False|None)\b/;

function token(stream: StringStream, state: State, bare: boolean): string | null {
  if (!state.inside) {
    if (stream.match("{{")) {
      state.inside = true;
      return "brace";
    }
    stream.next();
    stream.eatWhile((sign: string) => sign !== "{");
    return null;
  }
  if (!bare && state.depth === 0 && stream.match("}}")) {
    state.inside = false;
    return "brace";
  }
  if (stream.eatSpace()) return null;
  if (stream.match(/^f?'(?:[^'\\]|\\.)*'?/) || stream.match(/^f?"(?:[^"\\]|\\.)*"?/)) return "string";
  if (stream.match(/^\d[\d._xa-fA-F]*/)) return "number";
  if (stream.match(CONSTANTS)) return "atom";
  if (stream.match(WORDS)) return "keyword";
  if (stream.match(/^[\p{L}_][\p{L}\p{N}_]*(?=\s*\()/u)) return "function";
  if (stream.match(/^[\p{L}_][\p{L}\p{N}_]*/u)) return "variableName";
  const sign = stream.next();
  if (sign === "{") state.depth += 1;
  if (sign === "}") state.depth = Math.max(0, state.depth - 1);
  return "operator";
}

export function expressions(bare: boolean): Extension {
  return StreamLanguage.define<State>({
    startState: () => ({ inside: bare, depth: 0 }),
    copyState: (state) => ({ ...state }),
    token: (stream, state) => token(stream, state, bare),
    tokenTable: { function: tags.function(tags.variableName) },
  });
}

/** The colours are the tokens of the page, so that they follow its theme. */
export const colours = syntaxHighlighting(
  HighlightStyle.define([
    { tag: [tags.string, tags.special(tags.string)], color: "var(--port-text)" },
    { tag: tags.number, color: "var(--port-number)" },
    { tag: [tags.atom, tags.bool, tags.null], color: "var(--port-boolean)" },
    { tag: tags.keyword, color: "var(--port-object)" },
    { tag: tags.propertyName, color: "var(--accent-text)" },
    { tag: [tags.brace, tags.operator, tags.punctuation], color: "var(--text-muted)" },
    { tag: tags.function(tags.variableName), color: "var(--port-list)" },
  ]),
);
