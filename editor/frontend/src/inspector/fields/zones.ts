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
