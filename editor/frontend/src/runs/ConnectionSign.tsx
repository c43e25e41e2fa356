/** Says when the page no longer hears from the server; silent while all is well. */
import { WifiOff } from "lucide-react";

import { useRuns } from "../store/runs";

export function ConnectionSign() {
  const connection = useRuns((state) => state.connection);
  if (connection === "open" || connection === "connecting") return null;
  const offline = connection === "offline";
  return (
    <span
      className="connection-sign"
      data-connection={connection}
      role="status"
      title="Runs go on at the server; what is missed here is fetched afterwards."
      data-testid="connection"
    >
      <WifiOff size={13} aria-hidden />
      {offline ? "Offline" : "Reconnecting…"}
    </span>
  );
}
