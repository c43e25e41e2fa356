/** The blueprint was deleted, or the right to it taken, while it was open: what is left to do. */
import { download } from "../store/save";

export function Gone() {
  return (
    <div className="notice notice-warning" role="alert" data-testid="gone">
      <p>
        <strong>This blueprint is not there for you any more.</strong> Somebody has deleted it, or taken your right to
        it. What you change here is not saved; a file of it can be imported.
      </p>
      <div className="notice-actions">
        <button type="button" className="button" onClick={download}>
          Download mine
        </button>
        <a className="button" href="/blueprints/">
          All blueprints
        </a>
      </div>
    </div>
  );
}
