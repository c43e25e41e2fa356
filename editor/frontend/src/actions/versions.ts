/** The actions of the blueprint's history. */
import { ArchiveRestore, GitCompareArrows, History, Undo } from "lucide-react";

import { useDraft } from "../store/document";
import { askToRestore, backToDraft, isReading, lookAtChanges, openVersions, versionInView } from "../store/versions";
import type { Action } from "./types";

function compareWithPublished(): void {
  const { published } = useDraft.getState().blueprint;
  if (published) lookAtChanges(published.number, "draft");
}

function restoreShown(): void {
  const number = versionInView();
  if (number !== null) askToRestore(number);
}

export const versions: Action[] = [
  { name: "versions", label: "Versions", group: "File", needs: "view", keys: ["Mod+Shift+H"], icon: History, reading: true, perform: openVersions },
  {
    name: "compare",
    label: "Compare the draft with what is published",
    group: "File",
    needs: "view",
    icon: GitCompareArrows,
    reading: true,
    enabled: () => useDraft.getState().blueprint.published !== null,
    perform: compareWithPublished,
  },
  {
    name: "restore-version",
    label: "Restore the shown version into the draft…",
    group: "File",
    icon: ArchiveRestore,
    reading: true,
    enabled: () => versionInView() !== null,
    perform: restoreShown,
  },
  { name: "back-to-draft", label: "Back to the draft", group: "File", needs: "view", keys: ["Escape"], icon: Undo, reading: true, enabled: isReading, perform: backToDraft },
];
