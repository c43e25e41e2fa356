/** May this edge be made? If not, a sentence says why. */
import type { EdgeEnds } from "./edges";
import { edgeText } from "./edges";
import { borderReason, type EdgeEnd, type Members } from "./frames";
import type { NodePort, Ports } from "./ports";
import type { NodeSpec, PortType } from "./types";

const A_TYPE: Record<PortType, string> = {
  any: "anything",
  text: "text",
  number: "a number",
  boolean: "yes or no",
  object: "an object",
  list: "a list",
  file: "a file",
};

/** The same rule as the server's: `any` goes with everything, others only with themselves. */
export function accepts(input: PortType, output: PortType): boolean {
  return input === "any" || output === "any" || input === output;
}

export function typeReason(output: NodePort, input: NodePort): string | null {
  if (accepts(input.type, output.type)) return null;
  return `“${output.title}” gives ${A_TYPE[output.type]}, but “${input.title}” takes ${A_TYPE[input.type]}`;
}

export interface Drawing {
  ports(node: string): Ports | undefined;
  hasEdge(id: string): boolean;
  members(): Members;
}

/** Why this edge can't be made, or null when it can. */
export function edgeReason(drawing: Drawing, ends: EdgeEnds): string | null {
  const source = drawing.ports(ends.source);
  const target = drawing.ports(ends.target);
  if (!source || !target) return "This node is no longer here";
  const output = source.outputs.find((port) => port.name === ends.sourcePort);
  const input = target.inputs.find((port) => port.name === ends.targetPort);
  if (!output || output.missing) return `There is no output “${ends.sourcePort}”`;
  if (!input || input.missing) return `There is no input “${ends.targetPort}”`;
  if (drawing.hasEdge(edgeText(ends))) return "This edge is already there";
  if (ends.source === ends.target && source.outputs.length < 2) {
    return "A node that feeds only itself would never end";
  }
  return borderReason(drawing.members(), endOf(ends.source, output), endOf(ends.target, input)) ?? typeReason(output, input);
}

/** One end of an edge as the borders of frames see it. */
export function endOf(node: string, port: NodePort): EdgeEnd {
  return { node, inner: port.inner === true, title: port.title };
}

/** The port of a new node of this type that an edge from the given port may join. */
export function matchingPort(
  spec: NodeSpec,
  from: { side: "output" | "input"; port: NodePort },
): NodePort | undefined {
  return from.side === "output"
    ? spec.inputs.find((input) => !spec.ends?.includes(input.name) && accepts(input.type, from.port.type))
    : spec.outputs.find((output) => !spec.begins?.includes(output.name) && accepts(from.port.type, output.type));
}
