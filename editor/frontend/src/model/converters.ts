/** Nodes that make of one type of value another, for edges that are refused for their types alone. */
import { accepts, type Drawing, endOf, typeReason } from "./checks";
import type { EdgeEnds } from "./edges";
import { borderReason } from "./frames";
import type { NodePort } from "./ports";
import type { JsonObject, NodeSpec } from "./types";

export interface Converter {
  spec: NodeSpec;
  title: string;
  /** What is set at the node so that it converts. */
  parameters: JsonObject;
}

/** The node types that say of themselves that they convert between the types of these ports. */
export function convertersFor(types: Iterable<NodeSpec>, output: NodePort, input: NodePort): Converter[] {
  if (accepts(input.type, output.type)) return [];
  return [...types].flatMap((spec) =>
    spec.converts
      .filter(({ source, targets }) => source === output.type && targets.includes(input.type))
      .map(({ title, parameters }) => ({ spec, title, parameters })),
  );
}

/** What could be put between two ports that may not be joined, because of their types and nothing else. */
export function offersFor(drawing: Drawing, types: Iterable<NodeSpec>, ends: EdgeEnds): Converter[] {
  const output = drawing.ports(ends.source)?.outputs.find((port) => port.name === ends.sourcePort);
  const input = drawing.ports(ends.target)?.inputs.find((port) => port.name === ends.targetPort);
  if (!output || !input || output.missing || input.missing || ends.source === ends.target) return [];
  if (typeReason(output, input) === null) return [];
  if (borderReason(drawing.members(), endOf(ends.source, output), endOf(ends.target, input))) return [];
  return convertersFor(types, output, input);
}
