/** The blueprints by whose calls the person came to this one, the outermost first; the address holds them. */
import { get } from "../api/http";
import type { Blueprint } from "../model/types";
import { useDraft } from "./document";

const FROM = "from";
const MOST = 8;
const ID = /^[0-9a-f-]{36}$/;

export interface Caller {
  id: string;
  name: string;
}

function callerIds(): string[] {
  const own = useDraft.getState().blueprint.id;
  const named = new URLSearchParams(window.location.search).get(FROM)?.split(",") ?? [];
  return [...new Set(named)].filter((id) => ID.test(id) && id !== own).slice(-MOST);
}

/** The page of a called blueprint, from which the way leads back here. */
export function calledPage(id: string, search: Readonly<Record<string, string>> = {}): string {
  const way = callerIds();
  // Whoever called this one is gone back to.
  const before = way.includes(id) ? way.slice(0, way.indexOf(id)) : [...way, useDraft.getState().blueprint.id];
  const query = new URLSearchParams({ ...search, ...(before.length ? { [FROM]: before.join(",") } : {}) });
  return `/blueprints/${id}/${query.size ? `?${query}` : ""}`;
}

/** The callers with their names; without those that are gone, or not for this person. */
export async function callers(): Promise<Caller[]> {
  const asked = callerIds().map((id) => get<Blueprint>(`blueprints/${id}/`).catch(() => null));
  return (await Promise.all(asked)).flatMap((one) => (one ? [{ id: one.id, name: one.name }] : []));
}
