/** The breakpoints of a node, as octagons at the side where a run pauses; and the sign that it is held. */
import { memo } from "react";

import { toggleBreakpoint, useBreakpoint } from "../store/breakpoints";
import { useHeld } from "../store/held";

/** A stop sign of this width around the origin. */
export function stopSign(width: number): string {
  const [far, near] = [width / 2, width * 0.207];
  return [[-near, -far], [near, -far], [far, -near], [far, near], [near, far], [-near, far], [-far, near], [-far, -near]]
    .map(([x, y]) => `${x},${y}`)
    .join(" ");
}

/** The two bars of a pause in the middle of a sign. */
export const BARS = "M-2.2 -3.4V3.4M2.2 -3.4V3.4";

function Sign({ id, when }: { id: string; when: "before" | "after" }) {
  const title = when === "before" ? "Runs pause before it (F9)" : "Runs pause after it (Shift+F9)";
  return (
    <button
      type="button"
      tabIndex={-1}
      className={`breakpoint is-${when} nodrag`}
      title={title}
      aria-label={`Breakpoint: ${title.toLowerCase()}. Press to take it away.`}
      onClick={(event) => {
        event.stopPropagation();
        toggleBreakpoint(id, when);
      }}
      data-testid={`breakpoint-${when}-${id}`}
    >
      <svg width="18" height="18" viewBox="-9 -9 18 18" aria-hidden>
        <polygon points={stopSign(16)} />
        <path d={BARS} />
      </svg>
    </button>
  );
}

const WORDS = { hit: "The run is paused here", next: "Begins next when the run goes on", held: "Is ready, but the run is paused" };

export const BreakpointMark = memo(function BreakpointMark({ id }: { id: string }) {
  const mark = useBreakpoint(id);
  const held = useHeld(id);
  return (
    <>
      {(mark === "before" || mark === "both") && <Sign id={id} when="before" />}
      {(mark === "after" || mark === "both") && <Sign id={id} when="after" />}
      {held && (
        <span className={`held is-${held}`} role="img" aria-label={WORDS[held]} title={WORDS[held]} data-testid={`held-${id}`} data-held={held} />
      )}
    </>
  );
});
