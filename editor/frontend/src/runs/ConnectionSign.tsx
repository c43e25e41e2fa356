/** Says when the page no longer hears from the server; silent while all is well. */
import { LogIn, WifiOff } from "lucide-react";

import { useRuns } from "../store/runs";

export function ConnectionSign() {
  const connection = useRuns((state) => state.connection);
  if (connection === "open" || connection === "connecting") return null;
  if (connection === "signed-out") {
    return (
      <a
        className="connection-sign"
        data-connection={connection}
        href="/sign-in/"
        target="_blank"
        rel="noreferrer"
        title="Your session has ended. Sign in in another tab: this page goes on, and loses nothing."
        data-testid="connection"
      >
        <LogIn size={13} aria-hidden />
        Signed out
      </a>
    );
  }
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
