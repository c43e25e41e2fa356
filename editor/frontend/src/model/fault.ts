/** Where a text stops being JSON, and what is missing there; told alike in all browsers. */

export interface Fault {
  readonly line: number;
  readonly column: number;
  /** What would go on from there: "a comma or ]". */
  readonly wants: string;
}

const SPACE = /[ \t\n\r]*/y;
const TEXT = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"/y;
const PLAIN = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.+-])/y;

/** Of the place at which a list or an object goes on. */
type Awaited = "value" | "value or ]" | "key" | "key or }" | "colon" | "next" | "end";

const WORDS: Record<Awaited, string> = {
  value: "a value",
  "value or ]": "a value or ]",
  key: "a key in double quotes",
  "key or }": "a key in double quotes, or }",
  colon: "a colon",
  next: "",
  end: "the end of the text",
};

/** The first fault of a text that is to be JSON; null where it is JSON. */
export function faultOf(text: string): Fault | null {
  const open: ("[" | "{")[] = [];
  let at = 0;
  let awaited: Awaited = "value";
  const takes = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found) at += found[0].length;
    return found !== null;
  };
  const ended = (): Awaited => (open.length ? "next" : "end");
  for (;;) {
    takes(SPACE);
    const sign = text[at];
    if (awaited === "end" && sign === undefined) return null;
    if (awaited.startsWith("key") && takes(TEXT)) awaited = "colon";
    else if (awaited === "colon" && sign === ":") [at, awaited] = [at + 1, "value"];
    else if (awaited === "next" && sign === ",") [at, awaited] = [at + 1, open.at(-1) === "[" ? "value" : "key"];
    else if ((sign === "]" && open.at(-1) === "[" && (awaited === "next" || awaited === "value or ]")) || (sign === "}" && open.at(-1) === "{" && (awaited === "next" || awaited === "key or }"))) {
      open.pop();
      [at, awaited] = [at + 1, ended()];
    } else if (awaited.startsWith("value") && (sign === "[" || sign === "{")) {
      open.push(sign);
      [at, awaited] = [at + 1, sign === "[" ? "value or ]" : "key or }"];
    } else if (awaited.startsWith("value") && (takes(TEXT) || takes(PLAIN))) awaited = ended();
    else {
      const before = text.slice(0, at).split("\n");
      const wants = awaited === "next" ? `a comma or ${open.at(-1) === "[" ? "]" : "}"}` : WORDS[awaited];
      return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1, wants };
    }
  }
}

/** The place of the first fault as a sentence; empty where the text is JSON. */
export function faultWords(text: string): string {
  const fault = faultOf(text);
  return fault ? `Line ${fault.line}, column ${fault.column} needs ${fault.wants}.` : "";
}
