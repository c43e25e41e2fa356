/** The actions of the blueprint's history. */
import { History, Undo } from "lucide-react";

import { backToDraft, isReading, openVersions } from "../store/versions";
import type { Action } from "./types";

export const versions: Action[] = [
  { name: "versions", label: "Versions", group: "File", keys: ["Mod+Shift+H"], icon: History, reading: true, perform: openVersions },
  { name: "back-to-draft", label: "Back to the draft", group: "File", keys: ["Escape"], icon: Undo, reading: true, enabled: isReading, perform: backToDraft },
];
