/** Where expressions name nodes, and other names in their place: `nodes["fetch"]`, `nodes.fetch`. */
import type { Json, NodeSpec } from "./types";
import { entryOf } from "./own";

/** Where the braces of an expression close, as the server reads them: those in texts and objects do not count. */
export function endOf(text: string, start: number): number {
  let quote = "";
  let depth = 0;
  for (let place = start; place < text.length; place += 1) {
    const sign = text.charAt(place);
    if (quote) {
      if (sign === "\\") place += 1;
      else if (sign === quote) quote = "";
    } else if (sign === "'" || sign === '"') quote = sign;
    else if (sign === "{") depth += 1;
    else if (sign === "}") {
      if (depth === 0 && text.startsWith("}}", place)) return place;
      depth = Math.max(0, depth - 1);
    }
  }
  return unclosed(text, start);
}

/** A text that is still open swallows the braces; while it is written it ends before them. */
function unclosed(text: string, start: number): number {
  const found = text.indexOf("}}", start);
  return found < 0 ? text.length : found;
}

/** A mention of a node, or a text, within which nothing is one. */
const MENTION =
  /(?<![\w.])(nodes\s*(?:\[|\.get\()\s*)(["'])([\w-]+)\2|(?<![\w.])(nodes\s*\.\s*)([A-Za-z_]\w*)(?!\s*\(|\w)|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'/g;

type Names = ReadonlyMap<string, string>;

function inExpression(source: string, names: Names): string {
  return source.replace(MENTION, (all, open?: string, quote?: string, key?: string, dot?: string, member?: string) => {
    const name = names.get(key ?? member ?? "");
    if (name === undefined) return all;
    return key === undefined ? `${dot}${name}` : `${open}${quote}${name}${quote}`;
  });
}

function inText(text: string, names: Names, bare: boolean): string {
  if (bare && !text.includes("{{")) return inExpression(text, names);
  let made = "";
  let place = 0;
  for (let start = text.indexOf("{{"); start >= 0; start = text.indexOf("{{", place)) {
    const end = endOf(text, start + 2);
    made += text.slice(place, start + 2) + inExpression(text.slice(start + 2, end), names);
    place = end;
  }
  return made + text.slice(place);
}

/** A value whose expressions name other nodes; `bare`: its texts are expressions without braces. */
export function renamed<T extends Json>(value: T, names: Names, bare = false): T {
  if (typeof value === "string") return inText(value, names, bare) as T;
  if (Array.isArray(value)) return value.map((item) => renamed(item, names, bare)) as T;
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, renamed(item, names, bare)])) as T;
}

/** Parameters whose expressions name other nodes. */
export function renamedParameters<T extends Record<string, Json>>(parameters: T, spec: NodeSpec | undefined, names: Names): T {
  const schemas = spec?.parameters.properties ?? {};
  return Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => [name, renamed(value, names, entryOf(schemas, name)?.["evaluate"] === "item")]),
  ) as T;
}
