/** Why the edge that is being drawn can't end where the pointer is. */
import { useConnection, useStore } from "@xyflow/react";

import { type Ends, reasonOf, refusedEnds } from "./connecting";
import { offers } from "./convert";

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
