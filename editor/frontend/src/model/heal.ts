/** Healing: what led to nodes that go is joined to what they led to, where the ports agree. */
import { type Drawing, edgeReason } from "./checks";
import { type EdgeEnds, edgeText } from "./edges";
import { COMPENSATE_PORT, ERROR_PORT, ERRORS_PORT } from "./ports";

export interface Healing {
  /** The edges of these nodes that lead to or from others: they go. */
  gone: string[];
  /** The edges that close the gap, each instead of the one that led on. */
  made: (EdgeEnds & { instead: string })[];
  /** How many pairs of ends were left apart because their ports do not agree. */
  open: number;
}

/** What comes out here is not what came in, so nobody would want it joined on. */
const ASIDE = new Set([ERROR_PORT, ERRORS_PORT, COMPENSATE_PORT]);

/** How the edges around these nodes are joined without them; a frame is passed by its outer ports only. */
export function heal(
  drawing: Drawing,
  edges: readonly (EdgeEnds & { id: string })[],
  nodes: ReadonlySet<string>,
): Healing {
  const outer = (node: string, name: string, side: "inputs" | "outputs"): boolean =>
    !drawing.ports(node)?.[side].find((port) => port.name === name)?.inner;
  const enters = (edge: EdgeEnds): boolean => nodes.has(edge.target) && outer(edge.target, edge.targetPort, "inputs");
  const leaves = (edge: EdgeEnds): boolean => nodes.has(edge.source) && outer(edge.source, edge.sourcePort, "outputs");
  const promoted = (edge: EdgeEnds): boolean =>
    drawing.ports(edge.target)?.inputs.find((port) => port.name === edge.targetPort)?.promoted === true;
  const coming = edges.filter((edge) => enters(edge) && !leaves(edge));
  // A parameter's value says how a node works; it is not what goes through it, unless nothing else is.
  const fed = new Set(coming.filter((edge) => !promoted(edge)).map((edge) => edge.target));
  const entering = coming.filter((edge) => !promoted(edge) || !fed.has(edge.target));
  const onwards = new Map<string, (typeof edges)[number][]>();
  for (const edge of edges) {
    if (!leaves(edge) || ASIDE.has(edge.sourcePort)) continue;
    const known = onwards.get(edge.source);
    if (known) known.push(edge);
    else onwards.set(edge.source, [edge]);
  }
  const exitsOf = (start: string): (typeof edges)[number][] => {
    const exits: (typeof edges)[number][] = [];
    const seen = new Set([start]);
    const pending = [start];
    for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
      for (const edge of onwards.get(at) ?? []) {
        if (!enters(edge)) exits.push(edge);
        else if (!seen.has(edge.target)) {
          seen.add(edge.target);
          pending.push(edge.target);
        }
      }
    }
    return exits;
  };
  const made = new Map<string, Healing["made"][number]>();
  const apart = new Set<string>();
  for (const into of entering) {
    for (const out of exitsOf(into.target)) {
      const ends = {
        source: into.source,
        sourcePort: into.sourcePort,
        target: out.target,
        targetPort: out.targetPort,
      };
      const text = edgeText(ends);
      if (made.has(text) || drawing.hasEdge(text)) continue;
      if (edgeReason(drawing, ends)) apart.add(text);
      else made.set(text, { ...ends, instead: out.id });
    }
  }
  return {
    gone: edges.filter((edge) => enters(edge) !== leaves(edge)).map((edge) => edge.id),
    made: [...made.values()],
    open: apart.size,
  };
}
