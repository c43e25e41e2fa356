/** The signs of what has changed: never a colour alone. */
import { EqualNot, Minus, Move, Plus } from "lucide-react";

import type { Sign } from "../model/compare";

export const WORDS: Record<Sign | "moved", string> = { "+": "added", "-": "removed", "~": "changed", moved: "moved" };
export const NAMES: Record<Sign | "moved", string> = { "+": "is-added", "-": "is-removed", "~": "is-changed", moved: "is-moved" };
const ICONS = { "+": Plus, "-": Minus, "~": EqualNot, moved: Move };

/** Its outline tells it as well, where what is in it is too small to read: a round, a square, a diamond. */
export function SignBadge({ sign, word = WORDS[sign] }: { sign: Sign | "moved"; word?: string }) {
  const Icon = ICONS[sign];
  return (
    <span className={`sign ${NAMES[sign]}`} role="img" aria-label={word} title={word}>
      <Icon size={13} strokeWidth={3} aria-hidden />
    </span>
  );
}

const EDGE_OUTLINES = { "+": <circle r={9} />, "-": <rect x={-8} y={-8} width={16} height={16} rx={3} />, "~": <rect x={-8} y={-8} width={16} height={16} rx={3} transform="rotate(45)" /> };
const EDGE_PATHS = { "+": "M -4.5 0 H 4.5 M 0 -4.5 V 4.5", "-": "M -4.5 0 H 4.5", "~": "M -4.5 -2.2 H 4.5 M -4.5 2.2 H 4.5 M 3 -5.5 L -3 5.5" };

/** The same at the middle of an edge. */
export function EdgeSign({ sign, x, y }: { sign: Sign; x: number; y: number }) {
  return (
    <g className="edge-sign" transform={`translate(${x} ${y})`}>
      <g>
        {EDGE_OUTLINES[sign]}
        <path d={EDGE_PATHS[sign]} />
      </g>
    </g>
  );
}
