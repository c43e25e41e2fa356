/** A list of the draft, read again where it has changed. */
import { before } from "./shared";

/** So many are put in their places one by one; of more, the whole list is sorted. */
const FEW = 20;

/** How the entries of a list are found in the shared draft. */
export interface Entries<T> {
  /** An entry's number in the list; undefined where it is gone. */
  order(id: string): number | undefined;
  read(id: string): T | undefined;
}

/**
 * A list after these entries were changed, added or removed. All others stay the same objects, in the
 * order in which they were: of a thousand, an edit looks only at the few that it is about.
 */
export function readAgain<T extends { id: string }>(known: readonly T[], changed: Iterable<string>, { order, read }: Entries<T>): T[] {
  const asked = new Set(changed);
  const list = known.filter(({ id }) => !asked.has(id));
  const come = [...asked].flatMap((id) => (order(id) === undefined ? [] : (read(id) ?? [])));
  const at = ({ id }: T): [string, number] => [id, order(id) ?? 0];
  if (come.length > FEW) {
    const all = [...list, ...come].map((one) => ({ one, at: at(one) }));
    return all.sort((left, right) => before(left.at, right.at)).map(({ one }) => one);
  }
  for (const one of come) {
    const place = at(one);
    let [low, high] = [0, list.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const there = list[middle];
      if (there && before(at(there), place) < 0) low = middle + 1;
      else high = middle;
    }
    list.splice(low, 0, one);
  }
  return list;
}
