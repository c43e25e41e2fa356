/** How times and run states are worded. */
import { shortDuration } from "../canvas/StatusChip";
import type { Run, RunStatus } from "../model/types";

export { shortDuration };

export function elapsed(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  const rest = String(Math.floor(seconds % 60)).padStart(2, "0");
  return minutes < 60 ? `${minutes}:${rest}` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** How long ago, in the coarsest unit that is still true, without the word. */
export function ago(moment: string, now: number): string {
  const seconds = Math.max(0, (now - Date.parse(moment)) / 1000);
  if (seconds < 5) return "now";
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
  return new Date(moment).toLocaleDateString(undefined, { day: "numeric", month: "short" });
}

/**
 * When each run was made, in as few letters as tell it from the others: the time of day, with the date
 * where that is not today's, and with milliseconds where several are of the same second.
 */
export function momentsOf(runs: readonly Run[], now: number): ReadonlyMap<string, string> {
  const today = new Date(now).toDateString();
  const told = (run: Run, letters: number): string => {
    const date = new Date(run.created);
    const day = date.toDateString() === today ? "" : `${date.toLocaleDateString(undefined, { day: "numeric", month: "short" })} `;
    return day + clock(date.getTime() / 1000).slice(0, letters);
  };
  const times = new Map<string, number>();
  for (const run of runs) times.set(told(run, 8), (times.get(told(run, 8)) ?? 0) + 1);
  return new Map(runs.map((run) => [run.id, told(run, times.get(told(run, 8)) === 1 ? 8 : 12)]));
}

/** The same in words, before the moment itself; nothing where that is a date already. */
export function since(moment: string, now: number): string {
  const told = ago(moment, now);
  return told === "now" ? "just now, " : /(s|min|h)$/.test(told) ? `${told} ago, ` : "";
}

export function runDuration(run: Run): string {
  if (!run.started || !run.finished) return "";
  return shortDuration(Math.max(0, secondsOf(run.finished) - secondsOf(run.started)));
}

/** Seconds since the epoch; a Date would forget the microseconds, in which small runs are done. */
function secondsOf(moment: string): number {
  const micros = /\.\d{3}(\d{3})/.exec(moment)?.[1] ?? "0";
  return Date.parse(moment) / 1000 + Number(micros) / 1e6;
}

export function statusWord(status: RunStatus): string {
  return status.charAt(0).toUpperCase() + status.slice(1);
}

/** The time of day, to the millisecond, of a moment in seconds since the epoch. */
export function clock(time: number): string {
  const date = new Date(time * 1000);
  const part = (value: number, width = 2): string => String(value).padStart(width, "0");
  return `${part(date.getHours())}:${part(date.getMinutes())}:${part(date.getSeconds())}.${part(date.getMilliseconds(), 3)}`;
}

/** The size of a file in the unit that reads best. */
export function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(bytes < 9950 ? 1 : 0)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
