/** The runs that a step has called, and the run that called this one: each opens on its own canvas. */
import { CornerLeftUp, SquareArrowOutUpRight } from "lucide-react";
import { useEffect, useState } from "react";

import { ApiError, get } from "../api/http";
import type { Run } from "../model/types";
import { calledPage } from "../store/callers";
import type { StepView } from "../store/fold";
import { useRuns } from "../store/runs";
import { StatusPill } from "./StatusPill";

const pageOf = (run: Run): string => calledPage(run.blueprint, { run: run.id });

/** A step of a blueprint call: its child run, and those of earlier attempts. */
export function ChildRuns({ step }: { step: StepView }) {
  const shown = useRuns((state) => state.shown);
  const [children, setChildren] = useState<readonly Run[]>([]);
  const { path, status, attempt } = step;
  useEffect(() => {
    if (!shown) return undefined;
    const stop = new AbortController();
    get<{ results: Run[] }>(`runs/?parent=${shown}&step=${encodeURIComponent(path)}&limit=20`, stop.signal)
      .then(({ results }) => setChildren(results))
      .catch((error: unknown) => {
        if (!(error instanceof ApiError) && !stop.signal.aborted) throw error;
      });
    return () => stop.abort();
  }, [shown, path, status, attempt]);
  if (!children.length) return null;
  return (
    <div className="child-runs" data-testid="child-runs">
      {children.map((run) => (
        <a key={run.id} className="child-run" href={pageOf(run)}>
          <SquareArrowOutUpRight size={13} aria-hidden />
          <span>Open its run of {run.blueprint_name}</span>
          <StatusPill status={run.status} />
        </a>
      ))}
    </div>
  );
}

/** Of a run that another one started: the way back there. */
export function ParentRun() {
  const parent = useRuns((state) => state.run?.parent ?? null);
  const [run, setRun] = useState<Run | null>(null);
  useEffect(() => {
    setRun(null);
    if (!parent) return undefined;
    const stop = new AbortController();
    get<Run>(`runs/${parent}/`, stop.signal)
      .then(setRun)
      .catch((error: unknown) => {
        if (!(error instanceof ApiError) && !stop.signal.aborted) throw error;
      });
    return () => stop.abort();
  }, [parent]);
  if (!run || run.id !== parent) return null;
  return (
    <a className="parent-run" href={pageOf(run)} title="Open the run that started this one" data-testid="parent-run">
      <CornerLeftUp size={13} aria-hidden /> {run.blueprint_name}
    </a>
  );
}
