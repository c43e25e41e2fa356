/** Whether the server has the draft, in a word; a press saves now. */
import { Check, CloudOff, LoaderCircle, type LucideIcon, PencilLine, TriangleAlert } from "lucide-react";

import { whenLoaded } from "../later";
import { type SaveState as State, useDraft } from "../store/document";

const SHOWN: Record<State, { word: string; icon: LucideIcon }> = {
  saved: { word: "Saved", icon: Check },
  unsaved: { word: "Unsaved", icon: PencilLine },
  saving: { word: "Saving…", icon: LoaderCircle },
  offline: { word: "Offline, retrying", icon: CloudOff },
  refused: { word: "Not saved", icon: TriangleAlert },
  gone: { word: "Gone", icon: TriangleAlert },
};

export function SaveState() {
  const state = useDraft((draft) => draft.saveState);
  const message = useDraft((draft) => draft.saveMessage);
  const { word, icon: Icon } = SHOWN[state];
  return (
    <button
      type="button"
      className={`save-state is-${state}`}
      title={message || "Saved by itself; Ctrl+S saves now"}
      onClick={() => whenLoaded(() => import("../store/save"), ({ save }) => void save())}
      data-testid="save"
    >
      <Icon size={14} strokeWidth={2.2} aria-hidden />
      <span role="status" data-testid="save-state" data-state={state}>
        {word}
      </span>
    </button>
  );
}
