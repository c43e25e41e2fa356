/** Which ports a node has, from its type's declaration, its parameters and its settings. */
import type { DraftEdge, DraftNode } from "./draft";
import type { Each, Json, NodeSpec, PortSpec, PortType } from "./types";
import { entryOf } from "./own";

export interface NodePort extends PortSpec {
  /** An edge names this port, but the node does not have it (any more). */
  missing?: boolean;
  /** A parameter that was made an input. */
  promoted?: boolean;
  /** The port lies inside the frame that has it. */
  inner?: boolean;
}

export interface Ports {
  inputs: readonly NodePort[];
  outputs: readonly NodePort[];
}

export const COMPENSATE_PORT = "compensate";
export const ERROR_PORT = "error";
export const ERRORS_PORT = "errors";

function port(name: string, part: Partial<NodePort> = {}): NodePort {
  return {
    name,
    type: "any",
    required: false,
    multiple: false,
    title: name,
    description: "",
    ...part,
  };
}

/** The names that a list parameter gives its output ports (see `ports_from`). */
function portNames(value: Json | undefined): string[] {
  if (!Array.isArray(value)) return [];
  const names = new Set<string>();
  for (const item of value) {
    const name = item !== null && typeof item === "object" && !Array.isArray(item) ? item.name : item;
    if (typeof name === "string" && name) names.add(name);
  }
  return [...names];
}

/** How the node runs for each item of a list; null where it runs once. */
export function eachOf({ settings }: DraftNode): Each | null {
  if (settings.each === true) return {};
  return settings.each || null;
}

function outputPorts(node: DraftNode, spec: NodeSpec): NodePort[] {
  const fixed = new Set(spec.outputs.map((output) => output.name));
  const made = spec.ports_from
    ? portNames(node.parameters[spec.ports_from] ?? spec.parameters.properties?.[spec.ports_from]?.default)
    : [];
  const each = eachOf(node);
  const outputs: NodePort[] = [
    ...made.filter((name) => !fixed.has(name)).map((name) => port(name)),
    ...spec.outputs,
  ].map((output) => (each ? { ...output, type: "list" } : output));
  if (each?.errors === "collect") {
    outputs.push(port(ERRORS_PORT, { type: "list", description: "The items that failed, and why" }));
  }
  if (node.settings.on_error === "route" && !fixed.has(ERROR_PORT)) {
    const description = "The error, when the last attempt failed";
    outputs.push(port(ERROR_PORT, { type: "object", description }));
  }
  if (node.settings.compensate && !fixed.has(COMPENSATE_PORT)) {
    outputs.push(port(COMPENSATE_PORT, { description: "What the step gave, to be undone when the run fails later" }));
  }
  return outputs;
}

const SCHEMA_TYPES: Record<string, PortType> = {
  string: "text",
  number: "number",
  integer: "number",
  boolean: "boolean",
  object: "object",
  array: "list",
};

function inputPorts(node: DraftNode, spec: NodeSpec): NodePort[] {
  const own = new Set(spec.inputs.map((input) => input.name));
  const promoted = node.promoted
    .filter((name) => !own.has(name))
    .map((name) => {
      const schema = entryOf(spec.parameters.properties, name);
      const type = typeof schema?.type === "string" ? SCHEMA_TYPES[schema.type] : undefined;
      return port(name, { type: type ?? "any", title: schema?.title ?? name, promoted: true });
    });
  const inputs = [...spec.inputs, ...promoted];
  const each = eachOf(node);
  if (!each || each.list) return inputs;
  return inputs.map((input, place) => (place ? input : { ...input, type: "list", required: true }));
}

function withMissing(ports: NodePort[], named: Iterable<string>): NodePort[] {
  const known = new Set(ports.map((each) => each.name));
  const missing = [...new Set(named)].filter((name) => !known.has(name));
  return [...ports, ...missing.map((name) => port(name, { missing: true }))];
}

export interface EdgeNames {
  inputs: Set<string>;
  outputs: Set<string>;
}

/** For each node the port names that its edges use. */
export function edgeNames(edges: readonly DraftEdge[]): Map<string, EdgeNames> {
  const table = new Map<string, EdgeNames>();
  const of = (id: string): EdgeNames => {
    let names = table.get(id);
    if (!names) table.set(id, (names = { inputs: new Set(), outputs: new Set() }));
    return names;
  };
  for (const edge of edges) {
    of(edge.source).outputs.add(edge.sourcePort);
    of(edge.target).inputs.add(edge.targetPort);
  }
  return table;
}

/** All ports of a node; those that only its edges name are there too, marked as missing. */
export function portsOf(node: DraftNode, spec: NodeSpec | undefined, names?: EdgeNames): Ports {
  const inner = (ports: NodePort[], lying: readonly string[] = []): NodePort[] =>
    lying.length ? ports.map((one) => (lying.includes(one.name) ? { ...one, inner: true } : one)) : ports;
  return {
    inputs: withMissing(spec ? inner(inputPorts(node, spec), spec.ends) : [], names?.inputs ?? []),
    outputs: withMissing(spec ? inner(outputPorts(node, spec), spec.begins) : [], names?.outputs ?? []),
  };
}
