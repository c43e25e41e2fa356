/** Another kind for a node: what of its parameters and edges goes over to it. */
import { accepts } from "./checks";
import type { DraftNode } from "./draft";
import { type EdgeEnds, edgeText } from "./edges";
import { type NodePort, type Ports, portsOf } from "./ports";
import type { Json, JsonObject, NodeSpec, PortType, Schema } from "./types";

export interface Swap {
  parameters: JsonObject;
  promoted: string[];
  /** Edges that end at another port now: the old text, and the new ends. */
  moved: { old: string; ends: EdgeEnds }[];
  /** Edges for which the new kind has no port. */
  lost: string[];
}

function typeOf(value: Json): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return typeof value;
}

/** Whether a value may stand in a field of this schema, as far as its outermost type goes. */
export function fits(schema: Schema, value: Json): boolean {
  if (typeof value === "string" && value.includes("{{")) return true;
  const ways = schema.anyOf ?? schema.oneOf;
  if (ways) return ways.some((way) => fits(way, value));
  if (schema.enum) return schema.enum.includes(value);
  if (schema.const !== undefined) return schema.const === value;
  if (schema.type === undefined) return true;
  const kind = typeOf(value);
  return [schema.type].flat().some((type) => type === kind || (type === "integer" && Number.isInteger(value)));
}

/** Whether nodes can become this kind in their place: cards and frames stay what they are. */
export function swappable(from: NodeSpec | undefined, to: NodeSpec, held: boolean): boolean {
  if (from?.kind === to.kind || (held && to.trigger)) return false;
  return (from?.begins.length ?? 0) > 0 === to.begins.length > 0;
}

/** The ports of the new kind for those that have edges: by name, then by place, then the first that fits. */
function counterparts(
  used: readonly string[],
  before: readonly NodePort[],
  after: readonly NodePort[],
  agree: (name: string, type: PortType) => boolean,
): Map<string, string> {
  const found = new Map<string, string>();
  const free = new Set(after);
  const take = (name: string, port: NodePort | undefined): void => {
    const inner = before.find((one) => one.name === name)?.inner === true;
    if (found.has(name) || !port || !free.has(port)) return;
    if ((port.inner === true) !== inner || !agree(name, port.type)) return;
    found.set(name, port.name);
    free.delete(port);
  };
  for (const name of used) take(name, after.find((port) => port.name === name));
  for (const name of used) take(name, after[before.findIndex((port) => port.name === name)]);
  for (const name of used) for (const port of after) take(name, port);
  return found;
}

/** What becomes of a node that is made to be of another kind. */
export function swap(
  node: DraftNode,
  from: NodeSpec | undefined,
  to: NodeSpec,
  edges: readonly (EdgeEnds & { id: string })[],
  portsAt: (node: string) => Ports | undefined,
): Swap {
  const schemas = to.parameters.properties ?? {};
  const parameters = Object.fromEntries(
    Object.entries(node.parameters).filter(([name, value]) => Object.hasOwn(schemas, name) && schemas[name] && fits(schemas[name], value)),
  );
  const promoted = node.promoted.filter((name) => Object.hasOwn(schemas, name));
  const own = portsAt(node.id) ?? portsOf(node, from);
  const next = portsOf({ ...node, kind: to.kind, parameters, promoted }, to);
  const entering = edges.filter((edge) => edge.target === node.id);
  const leaving = edges.filter((edge) => edge.source === node.id);
  const typeAt = (edge: EdgeEnds, side: "source" | "target"): PortType => {
    const ports = portsAt(edge[side]);
    const name = edge[`${side}Port`];
    return (side === "source" ? ports?.outputs : ports?.inputs)?.find((port) => port.name === name)?.type ?? "any";
  };
  const inputs = counterparts(
    [...new Set(entering.map((edge) => edge.targetPort))],
    own.inputs,
    next.inputs,
    (name, type) => entering.every((edge) => edge.targetPort !== name || accepts(type, typeAt(edge, "source"))),
  );
  const outputs = counterparts(
    [...new Set(leaving.map((edge) => edge.sourcePort))],
    own.outputs,
    next.outputs,
    (name, type) => leaving.every((edge) => edge.sourcePort !== name || accepts(typeAt(edge, "target"), type)),
  );
  const moved: Swap["moved"] = [];
  const lost: string[] = [];
  for (const edge of edges) {
    if (edge.source !== node.id && edge.target !== node.id) continue;
    const targetPort = edge.target === node.id ? inputs.get(edge.targetPort) : edge.targetPort;
    const sourcePort = edge.source === node.id ? outputs.get(edge.sourcePort) : edge.sourcePort;
    if (!targetPort || !sourcePort) {
      lost.push(edge.id);
      continue;
    }
    const ends = { source: edge.source, sourcePort, target: edge.target, targetPort };
    if (edgeText(ends) !== edge.id) moved.push({ old: edge.id, ends });
  }
  return { parameters, promoted, moved, lost };
}
