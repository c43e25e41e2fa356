/** Why the edge that is being drawn can't end where the pointer is. */
import { type Handle, useConnection, useStore } from "@xyflow/react";

import { edgeReason } from "../model/checks";
import { drawing } from "../store/shapes";

interface Ends {
  fromHandle: Handle | null;
  toHandle: Handle | null;
}

/** Why an edge between these two ports can't be, in either direction; null where it can. */
export function reasonOf({ fromHandle, toHandle }: Ends): string | null {
  if (!fromHandle || !toHandle) return null;
  if (fromHandle.nodeId === toHandle.nodeId && fromHandle.id === toHandle.id) return null;
  if (fromHandle.type === toHandle.type) return "An edge leads from an output to an input";
  const forth = fromHandle.type === "source";
  const [source, target] = forth ? [fromHandle, toHandle] : [toHandle, fromHandle];
  return edgeReason(drawing, {
    source: source.nodeId,
    sourcePort: source.id ?? "",
    target: target.nodeId,
    targetPort: target.id ?? "",
  });
}

export function ConnectionHint() {
  const at = useConnection((connection) =>
    connection.inProgress && connection.toHandle && !connection.isValid
      ? { to: connection.to, reason: reasonOf(connection) }
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
    </div>
  );
}
