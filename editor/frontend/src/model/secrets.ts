/** What is secret in a document, and to where a node sends it. */
import type { Document, Json, NodeSpec, Schema } from "./types";

/** True of fields whose value is nobody else's business. */
const isSecret = (schema: Schema): boolean =>
  ["secret", "password"].some((word) => schema["widget"] === word || schema.format === word);

const isComputed = (text: string): boolean => /^\s*\{\{[\s\S]*\}\}\s*$/.test(text);

function without(value: Json, given: Schema, root: Schema): Json {
  const target = given.$ref === undefined ? undefined : root.$defs?.[given.$ref.slice(given.$ref.lastIndexOf("/") + 1)];
  const schema = { ...target, ...given };
  if (isSecret(schema)) return value === null || (typeof value === "string" && isComputed(value)) ? value : "";
  let left = value;
  for (const part of [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])]) left = without(left, part, root);
  const { properties, additionalProperties: others, items } = schema;
  if (Array.isArray(left)) return items ? left.map((item) => without(item, items, root)) : left;
  if (left === null || typeof left !== "object") return left;
  const rest = typeof others === "object" ? others : {};
  return Object.fromEntries(Object.entries(left).map(([key, part]) => [key, without(part, properties?.[key] ?? rest, root)]));
}

/** A document as a file has it: what its schema calls a secret is left empty, unless it is computed.
 *
 * Of a kind that is not known here, nobody knows which parameters are secrets: they stay.
 */
export function withoutSecrets(document: Document, types: ReadonlyMap<string, NodeSpec>): Document {
  const nodes = Object.entries(document.nodes ?? {}).map(([id, node]): [string, typeof node] => {
    const schema = types.get(node.kind)?.parameters;
    if (!schema || !node.parameters) return [id, node];
    return [id, { ...node, parameters: without(node.parameters, schema, schema) as typeof node.parameters }];
  });
  return { ...document, nodes: Object.fromEntries(nodes) };
}

/** The host, with its port where one is written, of an address; "" where it is computed or none. */
export function hostOf(address: Json | undefined): string {
  return (typeof address === "string" && /^https?:\/\/((?:[a-z0-9_.-]+|\[[0-9a-f:.]+\])(?::\d+)?)(?:[/?#]|$)/i.exec(address.trim())?.[1]) || "";
}
