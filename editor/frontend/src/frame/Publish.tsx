/** Publishing: a message for the version, or the problems that stand against it. */
import { type FormEvent, useState } from "react";

import { Words } from "../inspector/Words";
import type { Problem } from "../model/types";
import { useDraft } from "../store/document";
import { publish } from "../store/save";
import { say, showDialog } from "../store/ui";
import { Dialog } from "./Dialog";
import { Problems } from "./Problems";

export function Publish() {
  const published = useDraft((state) => state.blueprint.published);
  const [message, setMessage] = useState("");
  const [busy, setBusy] = useState(false);
  const [problems, setProblems] = useState<readonly Problem[]>([]);
  const [error, setError] = useState("");
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setError("");
    try {
      const found = await publish(message.trim());
      setProblems(found);
      if (!found.length) {
        showDialog(null);
        say(`Published as version ${useDraft.getState().blueprint.published?.number ?? ""}`);
      }
    } catch (failure) {
      setError(failure instanceof Error ? failure.message : String(failure));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog title="Publish" onClose={() => showDialog(null)} testId="publish-dialog">
      <form onSubmit={(event) => void submit(event)}>
        <p className="dialog-about">
          {published
            ? `Version ${published.number} answers webhooks and the API now. A new version takes its place for every run that starts after this.`
            : "Webhooks and the API run the published version, which never changes. The draft stays yours to edit."}
        </p>
        <label className="field">
          <span>What has changed? (optional)</span>
          <input
            type="text"
            maxLength={200}
                value={message}
            onChange={(event) => setMessage(event.target.value)}
            data-testid="publish-message"
          />
        </label>
        {problems.length > 0 && <Problems about="The blueprint can’t be published yet:" problems={problems} />}
        {error && (
          <p className="dialog-error" role="alert">
            <Words text={error} />
          </p>
        )}
        <footer>
          <button type="button" className="button" onClick={() => showDialog(null)}>
            Cancel
          </button>
          <button type="submit" className="button button-primary" disabled={busy} data-testid="publish-confirm">
            {busy ? "Publishing…" : "Publish"}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
