/** The blueprint was deleted, or the right to it taken, while it was open: what is left to do. */
import { useDraft } from "../store/document";
import { useMay } from "../store/rights";
import { download } from "../store/save";

export function Gone() {
  const message = useDraft((state) => state.saveMessage);
  const edits = useMay("edit");
  const changed = message.startsWith("What");
  return (
    <div className="notice notice-warning" role="alert" data-testid="gone">
      <p>
        <strong>{message}</strong>{" "}
        {changed ? "Read the page anew to go on." : "It was deleted, or is not shared with you any longer."}
        {edits && " What you change here is not saved; a file of it can be imported."}
      </p>
      <div className="notice-actions">
        {edits && (
          <button type="button" className="button" onClick={download}>
            Download mine
          </button>
        )}
        {changed && (
          <button type="button" className="button" onClick={() => window.location.reload()}>
            Read it anew
          </button>
        )}
        <a className="button" href="/blueprints/">
          All blueprints
        </a>
      </div>
    </div>
  );
}
