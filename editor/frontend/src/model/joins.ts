/** The edges that a port may have: those it has, and those that it could have, the nearest first. */
import { type Drawing, edgeReason } from "./checks";
import { type Converter, offersFor } from "./converters";
import { type EdgeEnds, edgeText } from "./edges";
import type { Box } from "./geometry";
import type { NodePort } from "./ports";
import type { NodeSpec } from "./types";

export type Side = "output" | "input";

export interface OwnPort {
  side: Side;
  port: NodePort;
}

/** A port at the other end, with the edge that leads there. */
export interface Join {
  node: string;
  port: NodePort;
  ends: EdgeEnds;
  joined: boolean;
  /** The types do not fit, but this node between them makes them. */
  by?: Converter;
}

/** The ports of a node, outputs first: most edges are drawn forwards. */
export function ownPorts(drawing: Drawing, node: string): OwnPort[] {
  const ports = drawing.ports(node);
  return [
    ...(ports?.outputs ?? []).map((port) => ({ side: "output" as const, port })),
    ...(ports?.inputs ?? []).map((port) => ({ side: "input" as const, port })),
  ];
}

function endsOf(node: string, own: OwnPort, other: string, port: string): EdgeEnds {
  return own.side === "output"
    ? { source: node, sourcePort: own.port.name, target: other, targetPort: port }
    : { source: other, sourcePort: port, target: node, targetPort: own.port.name };
}

/** Where the port of a node may lead: what lies ahead of it comes before what lies behind. */
export function joinsOf(
  drawing: Drawing,
  node: string,
  own: OwnPort,
  boxes: readonly (Box & { id: string })[],
  types: readonly NodeSpec[] = [],
): Join[] {
  const from = boxes.find((box) => box.id === node);
  const ahead = own.side === "output" ? 1 : -1;
  const distance = ({ x, y }: Box): number => {
    const dx = (x - (from?.x ?? 0)) * ahead;
    return Math.hypot(dx, y - (from?.y ?? 0)) + (dx > 0 ? 0 : 10_000);
  };
  const found = [...boxes]
    .sort((one, other) => distance(one) - distance(other))
    .flatMap(({ id }) => {
      const ports = drawing.ports(id);
      const others = (own.side === "output" ? ports?.inputs : ports?.outputs) ?? [];
      return others.flatMap((port): Join[] => {
        const ends = endsOf(node, own, id, port.name);
        const joined = drawing.hasEdge(edgeText(ends));
        if (joined || edgeReason(drawing, ends) === null) return [{ node: id, port, ends, joined }];
        return offersFor(drawing, types, ends).map((by) => ({ node: id, port, ends, joined, by }));
      });
    });
  return [...found.filter((each) => !each.by), ...found.filter((each) => each.by)];
}
