/** Actions that find things, and places, in a drawing. */
import { ArrowDown, ArrowLeft, ArrowRight, ArrowUp, Bookmark, type LucideIcon, TextSearch } from "lucide-react";

import { canWalk, walk } from "../canvas/arrange";
import { goBack, goOn, goToBookmark, setBookmark } from "../canvas/places";
import type { Direction } from "../model/neighbour";
import { showDialog } from "../store/ui";
import type { Action } from "./types";

const WAYS: [Direction, string, LucideIcon][] = [
  ["left", "before it", ArrowLeft],
  ["right", "after it", ArrowRight],
  ["up", "above it", ArrowUp],
  ["down", "below it", ArrowDown],
];

const NUMBERS = [1, 2, 3, 4, 5, 6, 7, 8, 9];

export const finding: Action[] = [
  { name: "find", label: "Find in the drawing…", group: "View", needs: "view", keys: ["Mod+F"], icon: TextSearch, perform: () => showDialog("find") },
  { name: "back", label: "Back to the place before", group: "View", needs: "view", keys: ["Mod+Shift+ArrowLeft"], icon: ArrowLeft, perform: goBack },
  { name: "on", label: "On to the place after", group: "View", needs: "view", keys: ["Mod+Shift+ArrowRight"], icon: ArrowRight, perform: goOn },
  ...WAYS.map(([way, label, icon]): Action => ({
    name: `walk-${way}`,
    label: `Go to the node ${label}`,
    group: "View",
    needs: "view",
    icon,
    enabled: canWalk,
    why: () => "Select the one node from which to go on first",
    perform: () => walk(way),
  })),
  ...NUMBERS.flatMap((number): Action[] => [
    {
      name: `bookmark-${number}`,
      label: `Go to bookmark ${number}`,
      group: "View",
      needs: "view",
      keys: [`Alt+${number}`],
      icon: Bookmark,
      quiet: number > 1,
      perform: () => goToBookmark(number),
    },
    {
      name: `set-bookmark-${number}`,
      label: `Set bookmark ${number} here`,
      group: "View",
      needs: "view",
      keys: [`Shift+Alt+${number}`],
      icon: Bookmark,
      quiet: number > 1,
      perform: () => setBookmark(number),
    },
  ]),
];
