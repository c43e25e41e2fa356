/** Node types and ports in one line, for tests. */
import type { NodeSpec, PortSpec, PortType } from "./types";

/** A port that takes or gives a type. */
export function port(name: string, type: PortType = "any"): PortSpec {
  return { name, type, required: false, multiple: false, title: name, description: "" };
}

/** A node type with an input and an output, apart from what is said. */
export function spec(part: Partial<NodeSpec>): NodeSpec {
  return {
    kind: "test.node",
    version: 1,
    title: "Test",
    category: "Test",
    icon: "box",
    description: "",
    parameters: { properties: {} },
    inputs: [port("in")],
    outputs: [port("out")],
    begins: [],
    ends: [],
    ports_from: null,
    effect: "pure",
    runs: "inline",
    trigger: false,
    examples: [],
    known_as: [],
    converts: [],
    ...part,
  };
}
