/** Before a version is restored: what of the draft it replaces. */
import { useEffect, useState } from "react";

import { Dialog } from "../frame/Dialog";
import { type Comparison, summaryOf } from "../model/compare";
import { useDraft } from "../store/document";
import { say } from "../store/ui";
import { lookAtChanges, useVersions } from "../store/versions";
import { sentenceOf } from "./history";
import { replacedBy, restore } from "./restore";

function close(): void {
  useVersions.setState({ restoring: null });
}

async function perform(number: number): Promise<void> {
  close();
  try {
    await restore(number);
  } catch (error) {
    say(sentenceOf(error), "danger");
  }
}

export function Restore({ number }: { number: number }) {
  const changed = useDraft((state) => state.blueprint.changed || state.saveState !== "saved");
  const [found, setFound] = useState<Comparison | null>(null);
  useEffect(() => {
    let there = true;
    replacedBy(number).then(
      (replaced) => {
        if (!there) return;
        setFound(replaced);
        if (replaced) return;
        close();
        say(`The draft is as version ${number} already`);
      },
      (error: unknown) => {
        close();
        say(sentenceOf(error), "danger");
      },
    );
    return () => {
      there = false;
    };
  }, [number]);
  if (!found) return null;
  return (
    <Dialog title={`Restore version ${number} into the draft?`} onClose={close} testId="restore">
      <p className="dialog-about">The draft is replaced. In the draft then:</p>
      <p className="restore-summary" data-testid="restore-summary">
        {summaryOf(found)}.
      </p>
      <p className="dialog-about">
        {changed
          ? "The draft as it is now is not published: it is in no version. Undo brings it back while this page is open."
          : "The draft as it is now is published, so it stays among the versions. Undo brings it back, too."}{" "}
        What is published stays as it is until you publish again.
      </p>
      <footer>
        <button
          type="button"
          className="button"
          onClick={() => {
            close();
            lookAtChanges("draft", number);
          }}
        >
          Look at the changes
        </button>
        <button type="button" className="button" onClick={close}>
          Cancel
        </button>
        <button type="button" className="button button-primary" onClick={() => void perform(number)} data-testid="restore-confirm">
          Restore
        </button>
      </footer>
    </Dialog>
  );
}
