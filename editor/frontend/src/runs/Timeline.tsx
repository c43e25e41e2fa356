/** The steps of the shown run in order, each a bar at its time; only what is in view is drawn. */
import { RotateCw } from "lucide-react";
import { memo, useEffect, useMemo, useRef, useState } from "react";

import { openStep, useInspector } from "../inspector/state";
import { useDraft } from "../store/document";
import { isMoving, iterationOf, type StepView } from "../store/fold";
import { useSelection } from "../store/selection";
import { type Stretch, stretchesAt } from "../store/stretches";
import { shortDuration } from "./format";
import { TimelineHead } from "./TimelineHead";
import { useMoment } from "./useNow";
import { useWindow } from "./useWindow";
import { moved, type Span, zoomed } from "./zoom";

const ROW = 26;

interface RowProps {
  step: StepView;
  title: string;
  /** The node's id, where only that tells it from another of the same title. */
  id: string | undefined;
  top: number;
  /** Of what is shown of the run's time: when it begins, and its length. */
  first: number;
  span: number;
  /** When the step ends or, while it moves, now. */
  until: number;
  selected: boolean;
}

const WORDS = { work: "attempt", pause: "pause before attempt", wait: "waiting" };

function wordsOf({ kind, from, to, attempt, error }: Stretch): string {
  const time = shortDuration(Math.max(0, (to ?? from) - from));
  const what = kind === "wait" ? WORDS.wait : `${WORDS[kind]} ${attempt}`;
  return `${what}: ${time}${error ? `, failed: ${error.message}` : ""}`;
}

/** What a step did when: one bar, or where it was tried again or waited one for each stretch. */
function Bars({ step, first, span, until }: Pick<RowProps, "step" | "first" | "span" | "until">) {
  const place = (from: number, to: number): { left: string; width: string } | null => {
    const [begin, end] = [((from - first) / span) * 100, ((to - first) / span) * 100];
    if (end < 0 || begin > 100) return null;
    const left = Math.min(99, Math.max(0, begin));
    return { left: `${left}%`, width: `${Math.max(0, Math.min(100, end) - left)}%` };
  };
  if (!step.stretches.length) {
    const style = place(step.started, until);
    return style && <span className="timeline-bar" style={style} />;
  }
  return stretchesAt(step.stretches, until).map((stretch, index) => {
    const style = place(stretch.from, stretch.to ?? until);
    return (
      style && (
        <span key={index} className={`timeline-bar is-${stretch.kind}${stretch.error ? " is-failed" : ""}`} style={style} title={wordsOf(stretch)} />
      )
    );
  });
}

const Row = memo(function Row({ step, title, id, top, first, span, until, selected }: RowProps) {
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
        <span className="timeline-title" dir="auto">
          {title}
          {firing && <small>{firing}</small>}
        </span>
        {id && <small className="timeline-id">{id}</small>}
        {step.attempt > 1 && (
          <small className="timeline-attempts" title={`${step.attempt} attempts`}>
            <RotateCw size={10} role="img" aria-label="attempts:" /> {step.attempt}
          </small>
        )}
        {inFrame && <small className="timeline-in">{inFrame}</small>}
      </span>
      <span className="timeline-track" aria-hidden>
        {step.status !== "skipped" && <Bars step={step} first={first} span={span} until={until} />}
      </span>
      <span className="timeline-time">{step.stoodIn ?? (step.duration === null ? "" : shortDuration(step.duration))}</span>
    </button>
  );
});

type Types = ReadonlyMap<string, { title: string }>;

function titleOf(node: { title?: string | undefined; kind: string } | undefined, types: Types): string | undefined {
  return node && (node.title || types.get(node.kind)?.title);
}

/** How many nodes of the drawing have each title. */
function titlesOf(nodes: Iterable<{ title?: string | undefined; kind: string }>, types: Types): ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  for (const node of nodes) {
    const title = titleOf(node, types);
    if (title) times.set(title, (times.get(title) ?? 0) + 1);
  }
  return times;
}

interface Props {
  steps: readonly StepView[];
  begun: number | null;
  ended: number | null;
}

export function Timeline({ steps, begun, ended }: Props) {
  const { frame, onScroll, from, to } = useWindow(ROW);
  const nodes = useDraft((state) => state.nodesById);
  const types = useDraft((state) => state.types);
  const selected = useSelection((state) => state.nodes);
  const wanted = useInspector((state) => state.step);
  const now = useMoment(200, ended === null);

  const first = Math.min(begun ?? Infinity, steps[0]?.started ?? Infinity);
  const last = ended ?? Math.max(now, first);
  const whole = { from: first, to: first + Math.max(last - first, 0.001) };
  const [part, setPart] = useState<Span | null>(null);
  const time = part ?? whole;
  const shown = steps.slice(from, to);
  const titles = useMemo(() => titlesOf(nodes.values(), types), [nodes, types]);
  const chosen = steps.find((step) => (wanted === null ? selected.has(step.node) : wanted === step.path));
  const about = chosen?.started ?? (time.from + time.to) / 2;

  const wheel = useRef<(event: WheelEvent) => void>(() => undefined);
  wheel.current = (event) => {
    const track = (event.target as Element).closest(".timeline")?.querySelector(".timeline-scale")?.getBoundingClientRect();
    if (!track) return;
    if (event.ctrlKey || event.metaKey) {
      const at = time.from + ((event.clientX - track.left) / track.width) * (time.to - time.from);
      setPart(zoomed(time, whole, event.deltaY < 0 ? 1.5 : 1 / 1.5, Math.min(time.to, Math.max(time.from, at))));
    } else if (part && (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY))) {
      setPart(moved(part, whole, ((event.deltaX || event.deltaY) / track.width) * 0.5));
    } else return;
    event.preventDefault();
  };
  useEffect(() => {
    const box = frame.current;
    // React listens passively, and then the browser would zoom the page.
    const turn = (event: WheelEvent): void => wheel.current(event);
    box?.addEventListener("wheel", turn, { passive: false });
    return () => box?.removeEventListener("wheel", turn);
  }, []);

  return (
    <div className="timeline" ref={frame} onScroll={onScroll}>
      {steps.length > 0 && <TimelineHead whole={whole} now={time} about={about} onPart={setPart} />}
      <div style={{ height: steps.length * ROW }}>
        {shown.map((step, index) => {
          const title = titleOf(nodes.get(step.node), types) ?? step.node;
          const until = step.ended ?? (isMoving(step.status) ? last : step.started);
          return (
            <Row
              key={step.path}
              step={step}
              title={title}
              id={(titles.get(title) ?? 0) > 1 ? step.node : undefined}
              top={(from + index) * ROW}
              first={time.from}
              span={time.to - time.from}
              until={until}
              selected={wanted === step.path || (wanted === null && selected.has(step.node))}
            />
          );
        })}
      </div>
    </div>
  );
}
