/** The steps of the shown run in order, each a bar at its time; only what is in view is drawn. */
import { memo, useRef, useState } from "react";

import { openStep, useInspector } from "../inspector/state";
import { useDraft } from "../store/document";
import { isMoving, iterationOf, type StepView } from "../store/fold";
import { useSelection } from "../store/selection";
import { shortDuration } from "./format";
import { useMoment } from "./useNow";

const ROW = 26;
const SPARE = 8;

interface RowProps {
  step: StepView;
  title: string;
  top: number;
  left: number;
  width: number;
  selected: boolean;
}

const Row = memo(function Row({ step, title, top, left, width, selected }: RowProps) {
  const inFrame = iterationOf(step.path);
  const firing = step.path.slice(inFrame.length).replace(/^\//, "").slice(step.node.length);
  return (
    <button
      type="button"
      className="timeline-row"
      style={{ top }}
      data-status={step.status}
      aria-current={selected || undefined}
      onClick={() => openStep(step.path)}
      data-testid={`timeline-${step.path}`}
    >
      <span className="status-dot" role="img" aria-label={step.status} />
      <span className="timeline-name" title={step.path}>
        <span className="timeline-title">
          {title}
          {firing && <small>{firing}</small>}
        </span>
        {inFrame && <small className="timeline-in">{inFrame}</small>}
      </span>
      <span className="timeline-track" aria-hidden>
        {step.status !== "skipped" && <span className="timeline-bar" style={{ left: `${left}%`, width: `${width}%` }} />}
      </span>
      <span className="timeline-time">{step.duration === null ? "" : shortDuration(step.duration)}</span>
    </button>
  );
});

interface Props {
  steps: readonly StepView[];
  begun: number | null;
  ended: number | null;
}

export function Timeline({ steps, begun, ended }: Props) {
  const [scroll, setScroll] = useState(0);
  const frame = useRef<HTMLDivElement>(null);
  const nodes = useDraft((state) => state.nodesById);
  const types = useDraft((state) => state.types);
  const selected = useSelection((state) => state.nodes);
  const wanted = useInspector((state) => state.step);
  const now = useMoment(200, ended === null);

  const first = Math.min(begun ?? Infinity, steps[0]?.started ?? Infinity);
  const last = ended ?? Math.max(now, first);
  const span = Math.max(last - first, 0.001);
  const from = Math.max(0, Math.floor(scroll / ROW) - SPARE);
  const height = frame.current?.clientHeight ?? 400;
  const shown = steps.slice(from, from + Math.ceil(height / ROW) + SPARE * 2);

  return (
    <div className="timeline" ref={frame} onScroll={(event) => setScroll(event.currentTarget.scrollTop)}>
      <div style={{ height: steps.length * ROW }}>
        {shown.map((step, index) => {
          const node = nodes.get(step.node);
          const end = step.ended ?? (isMoving(step.status) ? last : step.started);
          const left = Math.min(99, Math.max(0, ((step.started - first) / span) * 100));
          return (
            <Row
              key={step.path}
              step={step}
              title={node?.title || (node && types.get(node.kind)?.title) || step.node}
              top={(from + index) * ROW}
              left={left}
              width={Math.max(0.6, Math.min(100 - left, ((end - step.started) / span) * 100))}
              selected={wanted === step.path || (wanted === null && selected.has(step.node))}
            />
          );
        })}
      </div>
    </div>
  );
}
