/** The edge that is being drawn, as the draft would have it, and why it can't be. */
import type { Connection, Edge, Handle } from "@xyflow/react";

import { edgeReason } from "../model/checks";
import type { EdgeEnds } from "../model/edges";
import { drawing } from "../store/shapes";

/** Which ports a connection of the canvas joins. */
export function endsOf(connection: Connection | Edge): EdgeEnds {
  return {
    source: connection.source,
    sourcePort: connection.sourceHandle ?? "",
    target: connection.target,
    targetPort: connection.targetHandle ?? "",
  };
}

export interface Ends {
  fromHandle: Handle | null;
  toHandle: Handle | null;
}

/** Why an edge between these two ports can't be, in either direction; null where it can. */
export function reasonOf({ fromHandle, toHandle }: Ends): string | null {
  if (!fromHandle || !toHandle) return null;
  if (fromHandle.nodeId === toHandle.nodeId && fromHandle.id === toHandle.id) return null;
  const ends = refusedEnds({ fromHandle, toHandle });
  return ends ? edgeReason(drawing, ends) : "An edge leads from an output to an input; with Ctrl held, the port’s edges are moved";
}

/** The edge that would be between these two ports, in whichever direction it is drawn. */
export function refusedEnds({ fromHandle, toHandle }: Ends): EdgeEnds | undefined {
  if (!fromHandle || !toHandle || fromHandle.type === toHandle.type) return undefined;
  const forth = fromHandle.type === "source";
  const [source, target] = forth ? [fromHandle, toHandle] : [toHandle, fromHandle];
  return {
    source: source.nodeId,
    sourcePort: source.id ?? "",
    target: target.nodeId,
    targetPort: target.id ?? "",
  };
}
