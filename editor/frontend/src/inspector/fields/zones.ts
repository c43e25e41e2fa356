/** The time zones that there are: the reader's own first. */

let all: readonly string[] | undefined;

/** All names, as the browser knows them; UTC, which it leaves out, stands after the reader's own. */
export function zones(): readonly string[] {
  all ??= [...new Set([Intl.DateTimeFormat().resolvedOptions().timeZone, "UTC", ...Intl.supportedValuesOf("timeZone")])];
  return all;
}

/** The time of day in a zone with its distance from UTC; null for a name that no zone has. */
export function timeIn(zone: string, milliseconds: number): string | null {
  try {
    const parts = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit", timeZoneName: "longOffset" }).formatToParts(milliseconds);
    const part = (type: string): string => parts.find((one) => one.type === type)?.value ?? "";
    const offset = part("timeZoneName").replace("GMT", "UTC").replace("+00:00", "");
    return `${part("hour")}:${part("minute")} (${offset})`;
  } catch {
    return null;
  }
}

const LOCAL = /^\s*(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d))?)?\s*$/;

/** How far a zone's clocks are from UTC at a moment, in milliseconds. */
function offsetAt(zone: string, moment: number): number {
  const parts = new Intl.DateTimeFormat("en-GB", { timeZone: zone, timeZoneName: "longOffset" }).formatToParts(moment);
  const text = parts.find((part) => part.type === "timeZoneName")?.value ?? "";
  const [, sign, hours = "0", minutes = "0", seconds = "0"] = /([+-])(\d\d):(\d\d)(?::(\d\d))?/.exec(text) ?? [];
  return (sign === "-" ? -1000 : 1000) * (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds));
}

/** The moment of a date or time in a zone, as the server takes it; null where the text is neither. */
export function momentOf(text: string, zone: string): number | null {
  const found = LOCAL.exec(text);
  if (!found) {
    const moment = /[T ]\d\d:\d\d.*(?:Z|[+-]\d\d:?\d\d)\s*$/.test(text) ? Date.parse(text) : Number.NaN;
    return Number.isNaN(moment) ? null : moment;
  }
  const [, year, month, day, hour = 0, minute = 0, second = 0] = found.map(Number).map((part) => part || 0);
  const clock = Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second);
  try {
    const [before, after] = [offsetAt(zone, clock - 86_400_000), offsetAt(zone, clock + 86_400_000)];
    const [first, second] = [clock - before, clock - after];
    // Of a time that the clocks show twice the first counts, of one that they leave out the same distance.
    return offsetAt(zone, first) !== before && offsetAt(zone, second) === after ? second : first;
  } catch {
    return null;
  }
}

const STEPS = [["day", 86_400_000], ["hour", 3_600_000], ["minute", 60_000]] as const;

/** What a date or time in a zone means, in words; null where it is none. */
export function meaningOf(text: string, zone: string, now: number): string | null {
  const moment = momentOf(text, zone);
  if (moment === null) return null;
  try {
    const day = { weekday: "short", day: "numeric", month: "long", year: "numeric" } as const;
    const date = new Intl.DateTimeFormat("en-GB", { timeZone: zone, ...day }).format(moment);
    const [unit, size] = STEPS.find(([, length]) => Math.abs(moment - now) >= length) ?? STEPS[2];
    const far = new Intl.RelativeTimeFormat("en", { numeric: "always" }).format(Math.round((moment - now) / size), unit);
    return `${date}, ${timeIn(zone, moment)}: ${moment <= now ? `${far}, so it passes at once` : far}`;
  } catch {
    return null;
  }
}
