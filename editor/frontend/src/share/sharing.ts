/** With whom the blueprint is shared: asked of the server, and changed there. */
import { get, post, request } from "../api/http";
import type { Right } from "../model/types";
import { useDraft } from "../store/document";

export type GivenRight = Exclude<Right, "own">;

export interface Person {
  id: string;
  user: string;
  right: GivenRight;
  /** The link by which the right came; it ends with the link. */
  link: string | null;
  created: string;
}

export interface ShareLink {
  id: string;
  right: GivenRight;
  name: string;
  /** Whether it lets people look who are not signed in. */
  open: boolean;
  expires: string | null;
  expired: boolean;
  created: string;
  used: string | null;
}

export interface Shares {
  people: readonly Person[];
  links: readonly ShareLink[];
}

export interface NewLink {
  right: GivenRight;
  name: string;
  open: boolean;
  expires: string | null;
}

export const RIGHTS: readonly [right: GivenRight, label: string][] = [
  ["view", "may look"],
  ["run", "may run"],
  ["edit", "may edit"],
];

function path(rest: string): string {
  return `blueprints/${useDraft.getState().blueprint.id}/${rest}`;
}

async function send(method: "PATCH" | "DELETE", rest: string, body?: unknown): Promise<void> {
  await request(path(rest), body === undefined ? { method } : { method, body });
}

export const readShares = (): Promise<Shares> => get(path("shares/"));
export const shareWith = (user: string, right: GivenRight): Promise<unknown> => post(path("shares/"), { user, right });
export const changeRight = (id: string, right: GivenRight): Promise<void> => send("PATCH", `shares/${id}/`, { right });
export const withdraw = (id: string): Promise<void> => send("DELETE", `shares/${id}/`);
export const withdrawLink = (id: string): Promise<void> => send("DELETE", `links/${id}/`);

/** Make a link; its address is told this once. */
export async function makeLink(link: NewLink): Promise<string> {
  return (await post<{ address: string }>(path("links/"), link)).address;
}

const DAY = 86_400_000;

/** The moment so many days from now; null for none. */
export function inDays(days: number, now = Date.now()): string | null {
  return days ? new Date(now + days * DAY).toISOString() : null;
}
