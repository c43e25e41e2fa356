/** Above the steps: which part of the run's time is shown, and what shows less or more of it. */
import { Maximize2, Minus, Plus } from "lucide-react";
import { type PointerEvent, useState } from "react";

import { between, sinceBegin, type Span, zoomed } from "./zoom";

interface Props {
  whole: Span;
  /** The part that is shown. */
  now: Span;
  /** What the buttons zoom about. */
  about: number;
  onPart: (part: Span | null) => void;
}

export function TimelineHead({ whole, now, about, onPart }: Props) {
  const [drag, setDrag] = useState<readonly [from: number, to: number] | null>(null);
  const length = now.to - now.from;
  const part = length < whole.to - whole.from;
  const at = (event: PointerEvent<HTMLElement>): number => {
    const box = event.currentTarget.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
  };
  const zoom = (times: number) => (): void => onPart(zoomed(now, whole, times, about));
  return (
    <div className="timeline-head" role="group" aria-label="The time that is shown">
      <span className="timeline-zoom">
        {/* Before the others, which stay where they are while it comes and goes. */}
        {part && (
          <button type="button" className="small-tool" aria-label="Show the whole run" title="Show the whole run" onClick={() => onPart(null)} data-testid="time-whole">
            <Maximize2 size={12} aria-hidden />
          </button>
        )}
        <button type="button" className="small-tool" aria-label="Show more of the run’s time" title="Show more time" disabled={!part} onClick={zoom(0.5)} data-testid="time-smaller">
          <Minus size={12} aria-hidden />
        </button>
        <button type="button" className="small-tool" aria-label="Show less of the run’s time, but larger" title="Show less time, but larger: about the chosen step (or Ctrl and the wheel)" onClick={zoom(2)} data-testid="time-larger">
          <Plus size={12} aria-hidden />
        </button>
      </span>
      <span
        className="timeline-scale"
        title="Drag over a part to see it larger; a double click shows the whole run"
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          setDrag([at(event), at(event)]);
        }}
        onPointerMove={(event) => drag && setDrag([drag[0], at(event)])}
        onPointerUp={() => {
          // A press without a way is no part.
          if (drag && Math.abs(drag[0] - drag[1]) > 0.02) onPart(between(now.from + drag[0] * length, now.from + drag[1] * length, whole));
          setDrag(null);
        }}
        onPointerCancel={() => setDrag(null)}
        onDoubleClick={() => onPart(null)}
        data-testid="time-scale"
      >
        {drag && <span className="timeline-part" style={{ left: `${Math.min(...drag) * 100}%`, width: `${Math.abs(drag[0] - drag[1]) * 100}%` }} />}
        <span>{sinceBegin(now.from - whole.from, length)}</span>
        <span>{sinceBegin(now.to - whole.from, length)}</span>
      </span>
    </div>
  );
}
