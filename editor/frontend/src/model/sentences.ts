/** The sentences that the server and this page say: with `code` in them, and moments to the second. */

export interface Part {
  readonly kind: "text" | "code" | "moment";
  readonly text: string;
}

/** For what a step waits, as its event says it. */
export interface WaitsFor {
  readonly text?: string;
  readonly kind?: string;
  /** What its rate lets begin, where it waits for that. */
  readonly rate?: string;
}

const SPECIAL = /`([^`\n]+)`|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)/g;

/** A sentence in its parts: what stands in backticks is code, and an instant is a moment. */
export function partsOf(sentence: string): Part[] {
  const parts: Part[] = [];
  let from = 0;
  for (const found of sentence.matchAll(SPECIAL)) {
    if (found.index > from) parts.push({ kind: "text", text: sentence.slice(from, found.index) });
    parts.push(found[1] === undefined ? { kind: "moment", text: found[0] } : { kind: "code", text: found[1] });
    from = found.index + found[0].length;
  }
  if (from < sentence.length) parts.push({ kind: "text", text: sentence.slice(from) });
  return parts;
}

/** An instant by the clock of whoever reads: the time of day today, else with its date; in 24 hours, as on all pages. */
export function momentWords(instant: string, now = Date.now()): string {
  const date = new Date(instant);
  if (Number.isNaN(date.getTime())) return instant;
  if (date.toDateString() === new Date(now).toDateString()) {
    return date.toLocaleTimeString(undefined, { timeStyle: "medium", hourCycle: "h23" });
  }
  return date.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short", hourCycle: "h23" });
}

/** A sentence where only plain text can stand, such as in a title. */
export function plainWords(sentence: string): string {
  return partsOf(sentence)
    .map(({ kind, text }) => (kind === "moment" ? momentWords(text) : text))
    .join("");
}

/** For what a step waits, as the data of its event tell it. */
export function waitedFor(data: { readonly for?: WaitsFor | null; readonly rate?: string }): WaitsFor | null {
  return data.for ?? (data.rate ? { rate: data.rate } : null);
}

/** What a step waits for, and until when: word for word what the server answers to "why". */
export function waitSentence(until: number | null | undefined, waitsFor: WaitsFor | null | undefined): string {
  const text = waitsFor?.text;
  const moment = typeof until === "number" ? `${new Date(Math.floor(until) * 1000).toISOString().slice(0, 19)}Z` : "";
  if (waitsFor?.rate && moment) return `It waits for its turn until ${moment}: its rate is ${waitsFor.rate}.`;
  if (waitsFor?.kind === "retry" && moment) return `It waits until ${moment}; then ${text} begins.`;
  if (text) return `It waits for ${text}${moment && `, at most until ${moment}`}.`;
  return moment ? `It waits until ${moment}.` : "It waits for something from outside.";
}
