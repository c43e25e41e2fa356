/** Collapsing a selection: the name of the new blueprint, or why it can't be one. */
import { type FormEvent, useState } from "react";

import { ApiError } from "../api/http";
import { collapsePart, partNodes } from "../canvas/parts";
import { Words } from "../inspector/Words";
import type { Problem } from "../model/types";
import { showDialog } from "../store/ui";
import { Dialog } from "./Dialog";
import { Problems } from "./Problems";

export function CollapsePart() {
  const [name, setName] = useState("");
  const [busy, setBusy] = useState(false);
  const [problems, setProblems] = useState<readonly Problem[]>([]);
  const [error, setError] = useState("");
  const count = partNodes().length;
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setError("");
    setProblems([]);
    try {
      await collapsePart(name.trim());
      showDialog(null);
    } catch (failure) {
      const found = failure instanceof ApiError ? failure.problems : [];
      setProblems(found);
      if (!found.length) setError(failure instanceof Error ? failure.message : String(failure));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog title="Collapse to a blueprint" onClose={() => showDialog(null)} testId="collapse-dialog">
      <form onSubmit={(event) => void submit(event)}>
        <p className="dialog-about">
          {count === 1 ? "The selected node becomes" : `The ${count} selected nodes become`} a blueprint of its own,
          which is published. Here one node calls it.
        </p>
        <label className="field">
          <span>Name of the new blueprint</span>
          <input
            type="text"
            required
            maxLength={200}
            value={name}
            onChange={(event) => setName(event.target.value)}
            data-testid="collapse-name"
          />
        </label>
        {problems.length > 0 && <Problems about="This can’t be a blueprint of its own:" problems={problems} />}
        {error && (
          <p className="dialog-error" role="alert">
            <Words text={error} />
          </p>
        )}
        <footer>
          <button type="button" className="button" onClick={() => showDialog(null)}>
            Cancel
          </button>
          <button
            type="submit"
            className="button button-primary"
            disabled={busy || !name.trim()}
            data-testid="collapse-confirm"
          >
            {busy ? "Collapsing…" : "Collapse"}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
