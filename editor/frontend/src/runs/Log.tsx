/** Log lines: time, step, level, message. */
import { useState } from "react";

import type { LogLine } from "../store/fold";
import { clock } from "./format";

/** So many are shown at first, and more with each press. */
const PAGE = 500;

interface Props {
  lines: readonly LogLine[];
  /** Name the step of each line, where lines of several are shown. */
  steps?: boolean;
  onStep?: (path: string) => void;
}

export function Log({ lines, steps = false, onStep }: Props) {
  const [most, setMost] = useState(PAGE);
  const older = Math.max(0, lines.length - most);
  const shown = lines.slice(older);
  return (
    <ol className="log">
      {older > 0 && (
        <li className="log-older">
          <button type="button" onClick={() => setMost(most + PAGE)} data-testid="log-older">
            Show {Math.min(PAGE, older)} of {older.toLocaleString("en")} older {older === 1 ? "line" : "lines"}
          </button>
        </li>
      )}
      {shown.map((line) => (
        <li key={line.seq} data-level={line.level}>
          <time>{clock(line.time)}</time>
          {steps && (
            <button type="button" title={line.step} onClick={() => onStep?.(line.step)}>
              {line.step}
            </button>
          )}
          <span>{line.message}</span>
        </li>
      ))}
    </ol>
  );
}
