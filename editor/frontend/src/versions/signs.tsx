/** The signs of what has changed: never a colour alone. */
import { Minus, Move, Plus } from "lucide-react";

import type { Sign } from "../model/compare";

export const WORDS: Record<Sign | "moved", string> = { "+": "added", "-": "removed", "~": "changed", moved: "moved" };
export const NAMES: Record<Sign | "moved", string> = { "+": "is-added", "-": "is-removed", "~": "is-changed", moved: "is-moved" };
const ICONS = { "+": Plus, "-": Minus, moved: Move };

export function SignBadge({ sign, word = WORDS[sign] }: { sign: Sign | "moved"; word?: string }) {
  const Icon = sign === "~" ? null : ICONS[sign];
  return (
    <span className={`sign ${NAMES[sign]}`} role="img" aria-label={word} title={word}>
      {Icon ? <Icon size={13} strokeWidth={3} aria-hidden /> : <span aria-hidden>~</span>}
    </span>
  );
}
