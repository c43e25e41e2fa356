/** Why the edge that is being drawn can't end where the pointer is. */
import { type Handle, useConnection, useStore } from "@xyflow/react";

import { edgeReason } from "../model/checks";
import type { EdgeEnds } from "../model/edges";
import { drawing } from "../store/shapes";
import { offers } from "./convert";

interface Ends {
  fromHandle: Handle | null;
  toHandle: Handle | null;
}

/** Why an edge between these two ports can't be, in either direction; null where it can. */
export function reasonOf({ fromHandle, toHandle }: Ends): string | null {
  if (!fromHandle || !toHandle) return null;
  if (fromHandle.nodeId === toHandle.nodeId && fromHandle.id === toHandle.id) return null;
  const ends = refusedEnds({ fromHandle, toHandle });
  return ends ? edgeReason(drawing, ends) : "An edge leads from an output to an input";
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

/** What letting go here would offer. */
function offered(ends: Ends): string {
  const edge = refusedEnds(ends);
  const [first, ...others] = edge ? offers(edge) : [];
  if (!first) return "";
  return others.length ? `Let go to insert a converter (${others.length + 1})` : `Let go to insert “${first.title}”`;
}

export function ConnectionHint() {
  const at = useConnection((connection) =>
    connection.inProgress && connection.toHandle && !connection.isValid
      ? { to: connection.to, reason: reasonOf(connection), offer: offered(connection) }
      : null,
  );
  const transform = useStore((state) => state.transform);
  if (!at?.reason) return null;
  const [x, y, zoom] = transform;
  return (
    <div
      className="connection-hint"
      role="status"
      style={{ left: at.to.x * zoom + x, top: at.to.y * zoom + y }}
    >
      {at.reason}
      {at.offer && <span>{at.offer}</span>}
    </div>
  );
}
