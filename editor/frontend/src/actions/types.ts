/** What an action is: menus, shortcuts, the command palette and the help are made from these. */
import type { LucideIcon } from "lucide-react";

import type { Right } from "../model/types";

export type ActionGroup = "File" | "Edit" | "Arrange" | "View" | "Run" | "Help";

export interface Action {
  name: string;
  label: string;
  group: ActionGroup;
  /** The first is the one that is shown. */
  keys?: readonly string[];
  icon?: LucideIcon;
  /** The browser itself listens to these keys, and they stay as they are. */
  native?: boolean;
  /** One of many alike: its keys work, the help lists it not, and the palette only when it is looked for. */
  quiet?: boolean;
  /** It changes nothing of the draft, so it may be done while something else is read on the canvas. */
  reading?: boolean;
  /** The right to the blueprint that it takes: to edit it, unless another is named. */
  needs?: Right;
  enabled?: () => boolean;
  /** What its key says where it can't be done now: why, and what to do first. */
  why?: () => string;
  perform: () => void;
}
