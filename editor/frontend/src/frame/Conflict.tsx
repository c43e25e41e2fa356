/** Someone else saved in the meantime: what to do with the two drafts. */
import { useState } from "react";

import { useDraft } from "../store/document";
import { download, keepMine, loadTheirs } from "../store/save";
import { say } from "../store/ui";

export function Conflict() {
  const conflict = useDraft((state) => state.conflict);
  const [busy, setBusy] = useState(false);
  if (!conflict) return null;
  const settle = async (work: () => Promise<unknown>, done: string): Promise<void> => {
    setBusy(true);
    try {
      await work();
      say(done);
    } catch (error) {
      say(error instanceof Error ? error.message : String(error), "danger");
    } finally {
      setBusy(false);
    }
  };
  const count = Object.keys(conflict.theirs.nodes ?? {}).length;
  return (
    <div className="notice notice-warning" role="alert" data-testid="conflict">
      <p>
        <strong>This blueprint was saved elsewhere meanwhile</strong> (revision {conflict.revision},{" "}
        {count} {count === 1 ? "node" : "nodes"}). Nothing of yours is lost: choose which draft goes on.
      </p>
      <div className="notice-actions">
        <button
          type="button"
          className="button"
          disabled={busy}
          onClick={() => void settle(loadTheirs, "Loaded; undo brings your draft back")}
        >
          Load theirs
        </button>
        <button
          type="button"
          className="button"
          disabled={busy}
          onClick={() => void settle(keepMine, "Your draft is saved over theirs")}
        >
          Keep mine
        </button>
        <button type="button" className="button" onClick={download}>
          Download mine
        </button>
      </div>
    </div>
  );
}
