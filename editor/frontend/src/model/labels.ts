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

/** What is wrong with a parameter, or with its place within it, where the sentence begins with naming that. */
const AT_FIELD = /^The parameter '[^']*' (?:is wrong: (.+?)(?: \(given: .*\))?|(must be set))\.$/s;

/** What a problem says beneath the field itself, which shows its name and what was given. */
export function sentenceAtField(problem: Problem, parameters: Schema | undefined): string {
  const [, wrong, unset] = AT_FIELD.exec(problem.message) ?? [];
  const told = wrong ?? unset;
  if (told === undefined || problem.place?.length) return sentenceOf(problem, parameters);
  const message = /^(?:must|is) /.test(told) ? `This ${told}.` : `${told.charAt(0).toUpperCase()}${told.slice(1)}.`;
  return sentenceOf({ ...problem, message }, parameters);
}

/** Why a drawing is refused: its first problem with the name of the node that has it, and how many more there are. */
export function refusalOf(
  problems: readonly Problem[],
  nodes: ReadonlyMap<string, { id: string; kind: string; title: string }>,
  types: ReadonlyMap<string, { title: string; parameters: Schema }>,
): string {
  const errors = problems.filter(({ severity }) => severity === "error");
  const [first = problems[0]] = errors;
  if (!first) return "";
  const node = nodes.get(first.node ?? "");
  const spec = types.get(node?.kind ?? "");
  const sentence = sentenceOf(first, spec?.parameters);
  const named = node && !sentence.startsWith(`${node.id} `) ? `${node.title || spec?.title || node.kind}: ${sentence}` : sentence;
  const more = errors.length - 1;
  return more > 0 ? `${named} ${more === 1 ? "One more problem is" : `${more} more problems are`} marked.` : named;
}
