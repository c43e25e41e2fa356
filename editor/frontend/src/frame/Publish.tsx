/** Publishing: a message for the version, or the problems that stand against it. */
import { useState } from "react";

import type { Problem } from "../model/types";
import { useDraft } from "../store/document";
import { publish } from "../store/save";
import { say, showDialog } from "../store/ui";
import { Dialog } from "./Dialog";
import { DialogForm } from "./DialogForm";

export function Publish() {
  const published = useDraft((state) => state.blueprint.published);
  const [message, setMessage] = useState("");
  const submit = async (): Promise<readonly Problem[]> => {
    const found = await publish(message.trim());
    if (!found.length) say(`Published as version ${useDraft.getState().blueprint.published?.number ?? ""}`);
    return found;
  };
  return (
    <Dialog title="Publish" onClose={() => showDialog(null)} testId="publish-dialog">
      <DialogForm
        against="The blueprint can’t be published yet:"
        confirm="Publish"
        confirming="Publishing…"
        testId="publish-confirm"
        onSubmit={submit}
      >
        <p className="dialog-about">
          {published
            ? `Version ${published.number} answers webhooks, schedules and the API now. A new version takes its place for every run that starts after this.`
            : "Webhooks, schedules and the API run the published version, which never changes. The draft stays yours to edit."}
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
      </DialogForm>
    </Dialog>
  );
}
