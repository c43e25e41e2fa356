/** The panel of versions, where the form is otherwise: the whole history, and what is looked at of it. */
import { GitCompareArrows, History, X } from "lucide-react";
import { useEffect } from "react";

import { Tool } from "../actions/Tool";
import { Words } from "../inspector/Words";
import { useNow } from "../runs/useNow";
import { useDraft } from "../store/document";
import { backToDraft, closeVersions, lookAtChanges, useVersions } from "../store/versions";
import { Changes } from "./Changes";
import { loadOlder, refresh, useHistory } from "./history";
import { Restore } from "./Restore";
import { useSeen } from "./seen";
import { SeenNode } from "./SeenNode";
import { VersionRow } from "./VersionRow";

function DraftRow() {
  const shown = useVersions((state) => state.shown);
  const changed = useDraft((state) => state.blueprint.changed || state.saveState !== "saved");
  const published = useDraft((state) => state.blueprint.published);
  const about = !published ? "Nothing is published yet" : changed ? `Differs from version ${published.number}` : `The same as version ${published.number}`;
  return (
    <li className={`version${shown === null ? " is-shown" : ""}`}>
      <button type="button" className="version-look" aria-current={shown === null} onClick={backToDraft} data-testid="version-draft">
        <span className="version-title">
          <strong>Draft</strong>
        </span>
        <span className="version-about">{about}</span>
      </button>
      {published && (
        <div className="version-tools">
          <Tool label={`Compare version ${published.number} with the draft`} icon={GitCompareArrows} onClick={() => lookAtChanges(published.number, "draft")} testId="compare-published" />
        </div>
      )}
    </li>
  );
}

function List() {
  const { versions, next, state, message } = useHistory();
  const now = useNow(20_000);
  return (
    <div className="versions-scroll">
      <ul className="versions" aria-label="Versions, newest first">
        <DraftRow />
        {versions.map((version) => (
          <VersionRow key={version.number} version={version} now={now} />
        ))}
      </ul>
      {state === "failed" && (
        <div className="versions-failed" role="alert" data-testid="versions-failed">
          <p><Words text={message} /></p>
          <button type="button" className="button" onClick={() => void refresh()}>
            Try again
          </button>
        </div>
      )}
      {state === "loading" && <p className="versions-more">Loading…</p>}
      {state === "ready" && next && (
        <button type="button" className="button versions-more" onClick={() => void loadOlder()} data-testid="older-versions">
          Show older versions
        </button>
      )}
      {state === "ready" && !versions.length && (
        <p className="versions-none">Each time you publish, the draft is kept here as a version, which never changes.</p>
      )}
    </div>
  );
}

export function Panel() {
  const published = useDraft((state) => state.blueprint.published?.number);
  const node = useVersions((state) => (state.shown === null ? null : state.node));
  const restoring = useVersions((state) => state.restoring);
  const comparing = useVersions((state) => state.against !== null);
  // What has changed of a node stands in the list already.
  const listed = useSeen(({ seen }) => [...(seen?.comparison?.nodes ?? []), ...(seen?.comparison?.notes ?? [])].some(({ id }) => id === node));
  useEffect(() => void refresh(), [published]);
  return (
    <div className="versions-panel" data-testid="versions">
      <header className="versions-head">
        <History size={17} aria-hidden />
        <h2>Versions</h2>
        <Tool label="Close versions" icon={X} onClick={closeVersions} testId="close-versions" />
      </header>
      {comparing ? <Changes /> : <List />}
      {node && !listed && <SeenNode id={node} />}
      {restoring !== null && <Restore key={restoring} number={restoring} />}
    </div>
  );
}
