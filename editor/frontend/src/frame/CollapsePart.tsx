/** Collapsing a selection: the name of the new blueprint, or why it can't be one. */
import { useState } from "react";

import { ApiError } from "../api/http";
import { collapsePart, partNodes, partStays } from "../canvas/parts";
import type { Problem } from "../model/types";
import { showDialog } from "../store/ui";
import { Dialog } from "./Dialog";
import { DialogForm } from "./DialogForm";

export function CollapsePart() {
  const [name, setName] = useState("");
  const count = partNodes().length;
  const stays = partStays();
  const submit = async (): Promise<readonly Problem[]> => {
    try {
      await collapsePart(name.trim());
      return [];
    } catch (failure) {
      if (failure instanceof ApiError && failure.problems.length) return failure.problems;
      throw failure;
    }
  };
  return (
    <Dialog title="Collapse to a blueprint" onClose={() => showDialog(null)} testId="collapse-dialog">
      <DialogForm
        against="This can’t be a blueprint of its own:"
        confirm="Collapse"
        confirming="Collapsing…"
        ready={name.trim() !== ""}
        testId="collapse-confirm"
        onSubmit={submit}
      >
        <p className="dialog-about">
          {count === 1 ? "The selected node becomes a blueprint of its own" : `The ${count} selected nodes become a blueprint of their own`},
          which is published. Here one node calls it.
          {stays.length > 0 && ` ${stays.join(", ")} ${stays.length === 1 ? "stays" : "stay"} here: what starts runs of this blueprint belongs to it.`}
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
      </DialogForm>
    </Dialog>
  );
}
