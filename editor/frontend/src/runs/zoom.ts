/** Which part of a run's time the list of steps shows. */

/** From and to, in seconds since the epoch. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Nothing shorter can be told apart: moments are kept to the microsecond. */
const SHORTEST = 2e-5;

function within(span: Span, whole: Span): Span | null {
  const length = span.to - span.from;
  if (length >= (whole.to - whole.from) * 0.999) return null;
  const from = Math.min(Math.max(span.from, whole.from), whole.to - length);
  return { from, to: from + length };
}

/** The part that is shown so many times larger, with one moment where it was; null where that is the whole. */
export function zoomed(now: Span, whole: Span, times: number, at: number): Span | null {
  const length = Math.max((now.to - now.from) / times, Math.min(SHORTEST, whole.to - whole.from));
  const part = (at - now.from) / (now.to - now.from);
  const from = at - length * Math.min(1, Math.max(0, part));
  return within({ from, to: from + length }, whole);
}

/** The part so far away, in its own lengths; the run's ends hold it. */
export function moved(now: Span, whole: Span, by: number): Span | null {
  const way = (now.to - now.from) * by;
  return within({ from: now.from + way, to: now.to + way }, whole);
}

/** The part between two moments, whichever comes first. */
export function between(one: number, other: number, whole: Span): Span | null {
  const [from, to] = one < other ? [one, other] : [other, one];
  const length = Math.max(to - from, SHORTEST);
  return within({ from, to: from + length }, whole);
}

/** A moment since the run began, as precise as the length that is shown needs it. */
export function sinceBegin(seconds: number, length: number): string {
  const digits = (unit: number): number => Math.min(3, Math.max(0, Math.ceil(-Math.log10(length / unit / 50))));
  if (seconds === 0) return "0";
  if (length < 1 && seconds < 10) return `${(seconds * 1e3).toFixed(digits(1e-3))} ms`;
  if (seconds < 60) return `${seconds.toFixed(digits(1))} s`;
  const minutes = Math.floor(seconds / 60);
  const rest = (seconds - minutes * 60).toFixed(digits(1)).padStart(2, "0");
  return minutes < 60 ? `${minutes}:${rest}` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
