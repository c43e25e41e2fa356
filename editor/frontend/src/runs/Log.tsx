/** Log lines: time, step, level, message. */
import type { LogLine } from "../store/fold";
import { clock } from "./format";

const NEWEST = 500;

interface Props {
  lines: readonly LogLine[];
  /** Name the step of each line, where lines of several are shown. */
  steps?: boolean;
  onStep?: (path: string) => void;
}

export function Log({ lines, steps = false, onStep }: Props) {
  const shown = lines.slice(-NEWEST);
  return (
    <ol className="log">
      {lines.length > NEWEST && <li className="log-older">{lines.length - NEWEST} older lines are not shown</li>}
      {shown.map((line) => (
        <li key={line.seq} data-level={line.level}>
          <time>{clock(line.time)}</time>
          {steps && (
            <button type="button" onClick={() => onStep?.(line.step)}>
              {line.step}
            </button>
          )}
          <span>{line.message}</span>
        </li>
      ))}
    </ol>
  );
}
