/** Steps through the events of the shown run: what is shown is the run as it was after one of them. */
import { ChevronFirst, ChevronLast, ChevronLeft, ChevronRight, History } from "lucide-react";
import type { CSSProperties } from "react";

import { Tool } from "../actions/Tool";
import { eventAt, goBy, goTo, useRuns } from "../store/runs";
import { clock } from "./format";

function Told({ at, count }: { at: number; count: number }) {
  const event = eventAt(at);
  if (!event) return null;
  return (
    <>
      event {at} of {count} · {event.type}
      {event.step !== null && <b> {event.step}</b>} · {clock(event.time)}
    </>
  );
}

export function Scrubber() {
  const count = useRuns((state) => state.count);
  const at = useRuns((state) => state.at);
  const over = useRuns((state) => state.over);
  if (count === 0) return null;
  const shown = at ?? count;
  const event = eventAt(shown);
  const spoken = event ? `Event ${shown} of ${count}: ${event.type} ${event.step ?? ""}` : "";
  return (
    <div className="scrubber" role="group" aria-label="Moments of the run" data-past={at !== null} data-testid="scrubber">
      <Tool label="First event" action="event-first" keys="Shift+J" icon={ChevronFirst} disabled={shown <= 1} onClick={() => goTo(1)} testId="event-first" />
      <Tool label="One event back" action="event-before" keys="J" icon={ChevronLeft} disabled={shown <= 1} onClick={() => goBy(-1)} testId="event-before" />
      <Tool label="One event forward" action="event-after" keys="K" icon={ChevronRight} disabled={shown >= count} onClick={() => goBy(1)} testId="event-after" />
      <Tool label="Last event" action="event-last" keys="Shift+K" icon={ChevronLast} disabled={shown >= count} onClick={() => goTo(count)} testId="event-last" />
      <input
        type="range"
        min={1}
        max={count}
        value={shown}
        style={{ "--part": `${count > 1 ? ((shown - 1) / (count - 1)) * 100 : 100}%` } as CSSProperties}
        aria-label="Event"
        aria-valuetext={spoken}
        onChange={(change) => goTo(Number(change.target.value))}
        data-testid="event-slider"
      />
      <p className="scrubber-told" role="status" data-testid="event-told" title={at === null ? undefined : spoken}>
        {at === null ? (
          <>{count === 1 ? "1 event" : `${count} events`}{over ? "" : ", live"}</>
        ) : (
          <>
            <span className="scrubber-as-of">As of </span>
            <Told at={at} count={count} />
          </>
        )}
      </p>
      {/* Its place is kept while it is not there: the slider must not move under the hand that drags it. */}
      <span className="scrubber-last">
        {at !== null && (
          <button type="button" className="scrubber-now" title="Show the run as it is now (L)" onClick={() => goTo(null)} data-testid="event-now">
            <History size={14} aria-hidden /> Back to now
          </button>
        )}
      </span>
    </div>
  );
}
