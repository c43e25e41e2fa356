/** What a run is started with: the triggers to choose from, and the inputs used last. */
import type { DraftNode } from "../model/draft";
import type { Json, JsonObject, NodeSpec, Schema } from "../model/types";
import { emptyTable, entryOf } from "../model/own";

export function triggersOf(
  nodes: readonly DraftNode[],
  types: ReadonlyMap<string, NodeSpec>,
): DraftNode[] {
  return nodes.filter((node) => types.get(node.kind)?.trigger && !node.settings.disabled);
}

/** The declared inputs as one object schema, or null where none are declared. */
export function inputsSchema(inputs: JsonObject): Schema | null {
  const properties = emptyTable<Schema>();
  const required: string[] = [];
  for (const [name, declared] of Object.entries(inputs)) {
    const declaration = isObject(declared) ? declared : {};
    const { required: must, ...schema } = declaration;
    properties[name] = { title: name, ...(schema as Schema) };
    if (must === true) required.push(name);
  }
  return Object.keys(properties).length ? { type: "object", properties, required } : null;
}

const KEY = "conductor-inputs-";

export function rememberedInputs(blueprint: string): JsonObject {
  try {
    const value = JSON.parse(localStorage.getItem(KEY + blueprint) ?? "{}") as Json;
    return isObject(value) ? value : {};
  } catch {
    return {}; // storage may be forbidden or hold something else
  }
}

export function rememberInputs(blueprint: string, inputs: JsonObject): void {
  try {
    localStorage.setItem(KEY + blueprint, JSON.stringify(inputs));
  } catch {
    // the next run asks again
  }
}

/** The names of required inputs that have no value. */
export function missingInputs(schema: Schema | null, values: JsonObject): string[] {
  return (schema?.required ?? []).filter(
    (name) => entryOf(values, name) === undefined && entryOf(schema?.properties, name)?.default === undefined,
  );
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
