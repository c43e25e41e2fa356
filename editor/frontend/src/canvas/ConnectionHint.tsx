/** Why the edge that is being drawn can't end where the pointer is, or which port of a card would take it. */
import { type ConnectionState, useConnection, useStore } from "@xyflow/react";

import { type Ends, reasonOf, refusedEnds } from "./connecting";
import { offers } from "./convert";
import { onCard } from "./onCard";

/** What letting go here would offer. */
function offered(ends: Ends): string {
  const edge = refusedEnds(ends);
  const [first, ...others] = edge ? offers(edge) : [];
  if (!first) return "";
  return others.length ? `Let go to insert a converter (${others.length + 1})` : `Let go to insert “${first.title}”`;
}

interface Hint {
  to: { x: number; y: number };
  reason: string;
  offer: string;
}

function hintOf(connection: ConnectionState): Hint | null {
  if (!connection.inProgress || connection.isValid) return null;
  const { to, fromHandle, toHandle } = connection;
  if (toHandle) {
    const reason = reasonOf(connection);
    return reason ? { to, reason, offer: offered(connection) } : null;
  }
  const card = onCard(fromHandle, to);
  if (!card) return null;
  const { join, reason } = card;
  if (!join) return { to, reason, offer: "" };
  return { to, reason: "", offer: `Let go to ${join.by ? `insert “${join.by.title}”` : `join “${join.port.title}”`}` };
}

export function ConnectionHint() {
  const hint = useConnection(hintOf);
  const transform = useStore((state) => state.transform);
  if (!hint) return null;
  const [x, y, zoom] = transform;
  return (
    <div
      className={`connection-hint${hint.reason ? "" : " is-fine"}`}
      role="status"
      style={{ left: hint.to.x * zoom + x, top: hint.to.y * zoom + y }}
    >
      {hint.reason}
      {hint.offer && <span>{hint.offer}</span>}
    </div>
  );
}
