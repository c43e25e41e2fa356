/** Finding by a few letters: whole words first, then beginnings, then letters in order. */
import { folded } from "./folded";

function scoreWord(text: string, wanted: string): number {
  const at = text.indexOf(wanted);
  if (at === 0) return text.length === wanted.length ? 100 : 80;
  if (at > 0) return /[\s._-]/.test(text[at - 1] ?? "") ? 70 : 50;
  let from = 0;
  let gaps = 0;
  for (const letter of wanted) {
    const found = text.indexOf(letter, from);
    if (found < 0) return 0;
    gaps += found - from;
    from = found + 1;
  }
  return gaps <= wanted.length * 2 ? Math.max(1, 30 - gaps) : 0;
}

/** A beginning that is often meant comes before a beginning that never is, and not before the word itself. */
const WEIGHT = 15;

export interface Field {
  text: string;
  /** How much a hit here counts, 1 for the most important field. */
  weight: number;
}

/** How well fields answer a query; 0 when some word of it is found nowhere. */
function score(fields: readonly Field[], query: string): number {
  const words = folded(query).split(/\s+/).filter(Boolean);
  let sum = 0;
  for (const word of words) {
    const best = Math.max(
      0,
      ...fields.map(({ text, weight }) => scoreWord(folded(text), word) * weight),
    );
    // Letters that are strewn over a long description are no answer.
    if (best < 10) return 0;
    sum += best;
  }
  return words.length ? sum / words.length : 1;
}

/**
 * The items that answer the query, the best first; without a query all, in their own order.
 * What has more weight, from 0 to 1, comes before what answers about as well.
 */
export function search<T>(
  items: readonly T[],
  query: string,
  fields: (item: T) => readonly Field[],
  weight: (item: T) => number = () => 0,
): T[] {
  if (!query.trim()) return [...items];
  return items
    .map((item, index) => ({ item, index, score: score(fields(item), query) }))
    .filter((found) => found.score > 0)
    .map((found) => ({ ...found, score: found.score + WEIGHT * weight(found.item) }))
    .sort((one, other) => other.score - one.score || one.index - other.index)
    .map((found) => found.item);
}
