/** The actions that select along the edges and put in line. */
import {
  AlignCenterHorizontal,
  AlignCenterVertical,
  AlignEndHorizontal,
  AlignEndVertical,
  AlignHorizontalSpaceAround,
  AlignStartHorizontal,
  AlignStartVertical,
  AlignVerticalSpaceAround,
  ArrowLeftFromLine,
  ArrowRightFromLine,
  Lasso,
  type LucideIcon,
  Minus,
  Waypoints,
} from "lucide-react";

import { alignSelected, arrangeable, distributeSelected, selectAlong, straightenSelected } from "../canvas/arrange";
import type { Side } from "../model/align";
import type { Way } from "../model/walk";
import { useSelection } from "../store/selection";
import { useUi } from "../store/ui";
import type { Action } from "./types";

const someNodes = (): boolean => useSelection.getState().nodes.size > 0;

const WAYS: [string, Way, string, LucideIcon][] = [
  ["upstream", "up", "Mod+ArrowLeft", ArrowLeftFromLine],
  ["downstream", "down", "Mod+ArrowRight", ArrowRightFromLine],
  ["connected", "both", "Mod+ArrowUp", Waypoints],
];

const SIDES: [Side, string, string, LucideIcon][] = [
  ["left", "Align left", "Shift+A", AlignStartVertical],
  ["right", "Align right", "Shift+D", AlignEndVertical],
  ["top", "Align top", "Shift+W", AlignStartHorizontal],
  ["bottom", "Align bottom", "Shift+S", AlignEndHorizontal],
  ["centre", "Align centres in a column", "Shift+Alt+A", AlignCenterVertical],
  ["middle", "Align middles in a row", "Shift+Alt+W", AlignCenterHorizontal],
];

export const arranging: Action[] = [
  ...WAYS.map(([name, way, keys, icon]): Action => ({
    name: `select-${name}`,
    label: `Select ${name}`,
    group: "Arrange",
    needs: "view",
    keys: [keys],
    icon,
    enabled: someNodes,
    perform: () => selectAlong(way),
  })),
  { name: "lasso", label: "Select by a lasso", group: "Arrange", needs: "view", keys: ["Shift+L"], icon: Lasso, perform: () => useUi.setState({ lasso: true }) },
  ...SIDES.map(([side, label, keys, icon]): Action => ({
    name: `align-${side}`,
    label,
    group: "Arrange",
    keys: [keys],
    icon,
    enabled: () => arrangeable(2),
    why: () => "Select two nodes or more to put them in line",
    perform: () => alignSelected(side),
  })),
  { name: "distribute-across", label: "Distribute horizontally", group: "Arrange", keys: ["Shift+Alt+H"], icon: AlignHorizontalSpaceAround, enabled: () => arrangeable(3), why: () => "Select three nodes or more to make their gaps even", perform: () => distributeSelected("across") },
  { name: "distribute-down", label: "Distribute vertically", group: "Arrange", keys: ["Shift+Alt+V"], icon: AlignVerticalSpaceAround, enabled: () => arrangeable(3), why: () => "Select three nodes or more to make their gaps even", perform: () => distributeSelected("down") },
  { name: "straighten", label: "Straighten its edges", group: "Arrange", keys: ["Q"], icon: Minus, enabled: someNodes, perform: straightenSelected },
];
