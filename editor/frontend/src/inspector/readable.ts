/** Values of parameters and settings as their forms show them: choices by their words, parts by their labels. */
import { labelOf } from "../model/labels";
import { entryOf } from "../model/own";
import type { Json, Schema } from "../model/types";
import { options, resolve, titleOf } from "./schema";

export function readable(value: Json, schema: Schema, root: Schema): Json {
  const real = resolve(schema, root);
  if (options(real)?.includes(value)) return titleOf(value, real);
  if (typeof value !== "object" || value === null) return value;
  const { items, properties, additionalProperties: others } = real;
  if (Array.isArray(value)) return items ? value.map((part) => readable(part, items, root)) : value;
  const partOf = ([name, part]: [string, Json]): [string, Json] => {
    const own = entryOf(properties, name);
    if (own) return [labelOf(name, own), readable(part, own, root)];
    return [name, typeof others === "object" ? readable(part, others, root) : part];
  };
  return Object.fromEntries(Object.entries(value).map(partOf));
}
