/** What a parameter is called in a form, and in the sentences about it there. */
import { entryOf } from "./own";
import type { Problem, Schema } from "./types";

const WORDS: Record<string, string> = {
  Url: "URL",
  Http: "HTTP",
  Json: "JSON",
  Csv: "CSV",
  Id: "ID",
  Tls: "TLS",
};

/** pydantic's `Max Delay` as a label reads: `Max delay`. */
export function labelOf(name: string, schema: Schema): string {
  const title = schema.title ?? name.replaceAll("_", " ");
  return title
    .split(" ")
    .map((word, index) => {
      const known = WORDS[word.charAt(0).toUpperCase() + word.slice(1)];
      if (known) return known;
      if (index === 0) return word.charAt(0).toUpperCase() + word.slice(1);
      return /^[A-Z][a-z]+$/.test(word) ? word.toLowerCase() : word;
    })
    .join(" ");
}

/** Where a problem's sentence names a parameter; elsewhere in quotes stand values, and names of other things. */
const NAMED = /(^|\bparameters? |\bexpression in |\bor )'(\w+)([.[][^']*)?'/g;

/** A place within a value as people read it: of `.rows[2].name` "rows, item 3, name". */
function placeWords(place: string): string {
  return place
    .replace(/\[(\d+)\]/g, (_, at: string) => `.item ${Number(at) + 1}`)
    .split(".")
    .filter(Boolean)
    .join(", ");
}

/**
 * What a problem says, with the parameter by the name that the form shows. The server calls it by
 * its key, as documents do: `'max_delay'`, and `'headers.Accept'` for what is in it.
 */
export function sentenceOf({ message, parameter }: Problem, parameters: Schema | undefined): string {
  if (parameter === undefined) return message;
  return message.replace(NAMED, (found: string, before: string, name: string, place?: string) => {
    const schema = entryOf(parameters?.properties, name);
    if (!schema) return found;
    const label = labelOf(name, schema);
    return `${before}“${place ? `${label}: ${placeWords(place)}` : label}”`;
  });
}
