/** How a node stands: a small chip on its lower edge with sign, duration and count. */
import { Ban, Check, CircleDashed, Clock, LoaderCircle, type LucideIcon, RotateCw, X } from "lucide-react";

import { plainWords, waitSentence } from "../model/sentences";
import type { NodeStatus, StepStatus } from "../model/types";

const SIGNS: Record<StepStatus, { icon: LucideIcon; word: string }> = {
  running: { icon: LoaderCircle, word: "running" },
  retrying: { icon: RotateCw, word: "retrying" },
  waiting: { icon: Clock, word: "waiting" },
  succeeded: { icon: Check, word: "succeeded" },
  failed: { icon: X, word: "failed" },
  skipped: { icon: CircleDashed, word: "skipped" },
  cancelled: { icon: Ban, word: "cancelled" },
};

/** A duration in the unit that reads best: 4 ms, 1.2 s, 3 min. */
export function shortDuration(seconds: number): string {
  if (seconds < 0.00005) return "<0.1 ms";
  if (seconds < 0.0095) return `${(seconds * 1000).toFixed(seconds < 0.001 ? 1 : 0)} ms`;
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.round((seconds % 3600) / 60)} min`;
}

/** A moment in as few letters as fit on a chip: the time of day today, else the date. */
function shortMoment(seconds: number, now = Date.now()): string {
  const date = new Date(seconds * 1000);
  const today = date.toDateString() === new Date(now).toDateString();
  const day = date.toLocaleDateString(undefined, { day: "numeric", month: "short" });
  return today ? date.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }) : day;
}

/** Of a node that runs for each item of a list: how far it has come, and how many of them failed. */
function Items({ items: { done, total, failed } }: { items: NonNullable<NodeStatus["items"]> }) {
  return (
    <span className="chip-count" data-testid="chip-items">
      {done === total ? "" : `${done ?? 0}/`}
      {total} {total === 1 ? "item" : "items"}
      {failed > 0 && <span className="chip-failed">, {failed} failed</span>}
    </span>
  );
}

interface Props {
  status: NodeStatus;
  /** It runs for each item of a list. */
  each?: boolean;
  /** The node, or what it gets its values from, has changed since. */
  stale?: boolean;
  id?: string;
}

export function StatusChip({ status, each = false, stale = false, id }: Props) {
  const { icon: Icon, word } = SIGNS[status.status];
  const waits = status.status === "waiting";
  const until = waits && typeof status.until === "number" ? `until ${shortMoment(status.until)}` : word;
  const words = status.stoodIn ?? (waits || status.duration === undefined ? until : shortDuration(status.duration));
  const title = status.stoodIn ? `Not run: ${status.stoodIn}` : waits ? plainWords(waitSentence(status.until, status.waitsFor)) : word;
  const told = status.error && !waits ? `${word}: ${plainWords(status.error)}` : title;
  return (
    <span
      className={stale ? "chip is-stale" : status.stoodIn ? "chip is-stood-in" : "chip"}
      id={id}
      title={stale ? `${told}; it has changed since, or what it gets its values from` : told}
    >
      <Icon className="chip-sign" size={12} strokeWidth={2.5} aria-label={word} />
      <span>{words}</span>
      {stale && <span className="chip-stale">stale</span>}
      {status.count > 1 && <span className="chip-count">×{status.count}</span>}
      {each && status.items && <Items items={status.items} />}
    </span>
  );
}
