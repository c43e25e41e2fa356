/** The form of a dialog that asks the server for something: its fields, what stands against it, and the buttons. */
import { type FormEvent, type ReactNode, useState } from "react";

import { Words } from "../inspector/Words";
import type { Problem } from "../model/types";
import { showDialog } from "../store/ui";
import { Problems } from "./Problems";

interface Props {
  children: ReactNode;
  /** What the problems are said to stand against. */
  against: string;
  /** The button that sends the form, and what it says until the answer is there. */
  confirm: string;
  confirming: string;
  ready?: boolean;
  testId: string;
  /** Returns what stands against it, nothing where it is done; any other failure is thrown. */
  onSubmit: () => Promise<readonly Problem[]>;
}

export function DialogForm({ children, against, confirm, confirming, ready = true, testId, onSubmit }: Props) {
  const [busy, setBusy] = useState(false);
  const [problems, setProblems] = useState<readonly Problem[]>([]);
  const [error, setError] = useState("");
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setError("");
    try {
      const found = await onSubmit();
      setProblems(found);
      if (!found.length) showDialog(null);
    } catch (failure) {
      setProblems([]);
      setError(failure instanceof Error ? failure.message : String(failure));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      {children}
      {problems.length > 0 && <Problems about={against} problems={problems} />}
      {error && (
        <p className="dialog-error" role="alert">
          <Words text={error} />
        </p>
      )}
      <footer>
        <button type="button" className="button" onClick={() => showDialog(null)}>
          Cancel
        </button>
        <button type="submit" className="button button-primary" disabled={busy || !ready} data-testid={testId}>
          {busy ? confirming : confirm}
        </button>
      </footer>
    </form>
  );
}
