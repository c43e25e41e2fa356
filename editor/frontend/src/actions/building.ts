/** The actions that build: with them a drawing is changed as a whole, not port by port. */
import { Eraser, Unlink, Unplug } from "lucide-react";

import { breakEdges, deleteAndHeal, detach, detachable } from "../canvas/heal";
import { useSelection } from "../store/selection";
import type { Action } from "./types";

const someNodes = (): boolean => useSelection.getState().nodes.size > 0;

export const building: Action[] = [
  { name: "delete-heal", label: "Delete, and close the gap", group: "Edit", keys: ["Mod+Delete", "Mod+Backspace"], icon: Eraser, enabled: someNodes, perform: deleteAndHeal },
  { name: "detach", label: "Detach, and close the gap", group: "Edit", keys: ["X"], icon: Unplug, enabled: detachable, perform: detach },
  { name: "break-edges", label: "Break its edges", group: "Edit", keys: ["Shift+X"], icon: Unlink, enabled: detachable, perform: breakEdges },
];
