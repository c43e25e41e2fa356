/**
 * Tables whose keys people choose. A node may be called `constructor`, which every object has from
 * its prototype, or `__proto__`, which an assignment would make the prototype.
 */

/** What a table itself has under a key. */
export function entryOf<T>(table: Readonly<Record<string, T>> | undefined, key: string): T | undefined {
  return table && Object.hasOwn(table, key) ? table[key] : undefined;
}

/** An empty table, in which every key is like any other. */
export function emptyTable<T>(): Record<string, T> {
  return Object.create(null) as Record<string, T>;
}
