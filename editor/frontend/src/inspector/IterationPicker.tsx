/** Chooses the iteration of a frame whose values the panel shows; failed ones come first. */
import { useRuns } from "../store/runs";
import type { IterationChoice } from "./iterations";

interface Props {
  choices: readonly IterationChoice[];
  value: string;
  onPick: (path: string) => void;
}

/** A list that nobody would scroll to its end; the arrows and the timeline lead to all others. */
const LISTED = 500;

export function IterationPicker({ choices, value, onPick }: Props) {
  const ended = useRuns((state) => state.over && state.at === null);
  const at = choices.findIndex((choice) => choice.path === value);
  const step = (way: number): void => {
    const next = choices[at + way];
    if (next) onPick(next.path);
  };
  const from = Math.max(0, Math.min(at - LISTED / 2, choices.length - LISTED));
  const failed = choices.filter((choice) => choice.failed).length;
  return (
    <div className="step-picker">
      <button type="button" className="small-tool" aria-label="Iteration before" disabled={at <= 0} onClick={() => step(-1)}>
        ‹
      </button>
      <select
        className="control"
        aria-label={failed ? `Iteration, ${failed} failed` : "Iteration"}
        value={value}
        onChange={(event) => onPick(event.target.value)}
        data-testid="iteration-picker"
      >
        {at < 0 && <option value={value}>choose an item…</option>}
        {choices.slice(from, from + LISTED).map(({ path, label, failed: wrong, absent }) => (
          <option key={path} value={path}>
            {label}
            {wrong ? " · failed" : absent ? (ended ? " · did not run" : " · has not run") : ""}
          </option>
        ))}
      </select>
      <button
        type="button"
        className="small-tool"
        aria-label="Iteration after"
        disabled={at >= choices.length - 1}
        onClick={() => step(1)}
      >
        ›
      </button>
    </div>
  );
}
