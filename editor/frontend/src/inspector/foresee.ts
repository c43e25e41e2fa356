/** Asks the server when schedules come: it alone knows cron, zones, and the operator's calendars. */
import { get, post, request } from "../api/http";
import type { Json } from "../model/types";

/** What `POST schedules/foresee/` answers. */
export interface Foreseen {
  readonly words: string;
  readonly time_zone: string;
  readonly next: readonly string[];
  readonly error: { readonly parameter: string; readonly message: string } | null;
}

/** A schedule of the published version, as far as the page shows it. */
export interface Schedule {
  readonly id: string;
  readonly node: string;
  readonly state: "on" | "paused" | "over" | "disabled" | "trouble";
  readonly error: string;
  readonly words: string;
  readonly time_zone: string;
  readonly next: readonly string[];
}

export async function foresee(parameters: Readonly<Record<string, Json>>, signal: AbortSignal): Promise<Foreseen> {
  return (await request<Foreseen>("schedules/foresee/", { method: "POST", body: { parameters }, signal })).data;
}

/** The published schedule of a node; null where it has none. */
export async function publishedSchedule(blueprint: string, node: string, signal: AbortSignal): Promise<Schedule | null> {
  const page = await get<{ results: Schedule[] }>(`schedules/?blueprint=${blueprint}&limit=200`, signal);
  return page.results.find((one) => one.node === node) ?? null;
}

export function switchSchedule(id: string, to: "pause" | "resume"): Promise<Schedule> {
  return post<Schedule>(`schedules/${id}/${to}/`);
}

/** A moment as the clocks of its zone show it: what the server wrote, without the seconds that are none. */
export function dayAndTime(moment: string): { day: string; time: string; offset: string } {
  const [date = "", rest = ""] = moment.split("T");
  const time = rest.slice(0, 8);
  const parts = { weekday: "short", day: "numeric", month: "short", year: "numeric", timeZone: "UTC" } as const;
  // Engines are of two minds about a comma after the weekday.
  const day = new Date(`${date}T00:00:00Z`).toLocaleDateString("en-GB", parts).replace(",", "");
  return { day, time: time.endsWith(":00") ? time.slice(0, 5) : time, offset: rest.slice(8).replace("+00:00", "Z") };
}

/** How long it is until a moment, in the two coarsest units. */
export function until(moment: string, now: number): string {
  let left = Math.max(0, Math.round((Date.parse(moment) - now) / 1000));
  const parts: string[] = [];
  for (const [name, size] of [["d", 86_400], ["h", 3600], ["min", 60], ["s", 1]] as const) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count && parts.length < 2) parts.push(`${count} ${name}`);
    else if (parts.length) break;
  }
  return parts.length ? `in ${parts.join(" ")}` : "now";
}
