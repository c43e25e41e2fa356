/** Finding in a drawing: in names, kinds, parameters, notes and the values of a run. */
import { folded } from "./folded";
import type { Json } from "./types";

/** A place where something can be found, the most telling first. */
export interface Text {
  /** "name", "kind", "parameter url", "output out.status" … */
  where: string;
  text: string;
}

export interface Findable {
  id: string;
  /** What it is called in the list. */
  name: string;
  texts: Iterable<Text>;
}

export interface Hit {
  id: string;
  name: string;
  where: string;
  /** The text around what was found, in three parts. */
  excerpt: readonly [before: string, found: string, after: string];
}

const MOST_LEAVES = 500;
const BEFORE = 24;
const AFTER = 60;

/** The texts of a value with the path of each; of large values only the first some hundred. */
export function textsOf(value: Json | undefined, where: string): Text[] {
  const texts: Text[] = [];
  const waiting: [Json | undefined, string][] = [[value, where]];
  while (waiting.length && texts.length < MOST_LEAVES) {
    const [item, place] = waiting.shift() ?? [undefined, ""];
    if (item === null || item === undefined) continue;
    if (Array.isArray(item)) item.slice(0, MOST_LEAVES).forEach((inner, at) => waiting.push([inner, `${place}[${at}]`]));
    else if (typeof item === "object") {
      for (const [key, inner] of Object.entries(item).slice(0, MOST_LEAVES)) {
        texts.push({ where: place, text: key });
        waiting.push([inner, `${place}.${key}`]);
      }
    } else texts.push({ where: place, text: String(item) });
  }
  return texts;
}

function excerpt(text: string, at: number, length: number): Hit["excerpt"] {
  const from = Math.max(0, at - BEFORE);
  const to = Math.min(text.length, at + length + AFTER);
  const before = (from ? "…" : "") + text.slice(from, at);
  return [before, text.slice(at, at + length), text.slice(at + length, to) + (to < text.length ? "…" : "")];
}

/** The first place of each in which the query stands, whole and in any case, with accents or without; in the order of the list. */
export function find(list: Iterable<Findable>, query: string, most = 100): Hit[] {
  const wanted = folded(query.trim());
  const hits: Hit[] = [];
  if (!wanted) return hits;
  for (const { id, name, texts } of list) {
    for (const { where, text } of texts) {
      const at = folded(text).indexOf(wanted);
      if (at < 0) continue;
      hits.push({ id, name, where, excerpt: excerpt(text, at, wanted.length) });
      break;
    }
    if (hits.length === most) break;
  }
  return hits;
}

/** The ids of the hits that are told like another one: these alone need to be told as well. */
export function namesakes(hits: readonly Hit[], told: (hit: Hit) => string): ReadonlySet<string> {
  const times = new Map<string, number>();
  for (const hit of hits) times.set(told(hit), (times.get(told(hit)) ?? 0) + 1);
  return new Set(hits.filter((hit) => (times.get(told(hit)) ?? 0) > 1).map(({ id }) => id));
}
