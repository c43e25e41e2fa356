/** A store of values by key: whoever shows one key is told of that key alone. */

import { useCallback, useSyncExternalStore } from "react";

export class KeyedStore<Value> {
  private readonly values = new Map<string, Value>();
  private readonly listeners = new Map<string, Set<() => void>>();
  private readonly everyone = new Set<() => void>();

  get(key: string): Value | undefined {
    return this.values.get(key);
  }

  entries(): IterableIterator<[string, Value]> {
    return this.values.entries();
  }

  /** Take new values for some keys, then tell each key's listeners once. */
  put(changes: Iterable<readonly [string, Value]>): void {
    const touched: string[] = [];
    for (const [key, value] of changes) {
      if (Object.is(this.values.get(key), value)) continue;
      this.values.set(key, value);
      touched.push(key);
    }
    this.tell(touched);
  }

  /** Have these values and no others; who shows a key that did not change is not told. */
  replace(entries: ReadonlyMap<string, Value>): void {
    const touched = [...this.values.keys()].filter((key) => !entries.has(key));
    for (const key of touched) this.values.delete(key);
    for (const [key, value] of entries) {
      if (Object.is(this.values.get(key), value)) continue;
      this.values.set(key, value);
      touched.push(key);
    }
    this.tell(touched);
  }

  clear(): void {
    const touched = [...this.values.keys()];
    this.values.clear();
    this.tell(touched);
  }

  subscribe(key: string, listener: () => void): () => void {
    let listeners = this.listeners.get(key);
    if (!listeners) this.listeners.set(key, (listeners = new Set()));
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.listeners.get(key) === listeners) this.listeners.delete(key);
    };
  }

  /** Listen to all keys at once, for an overview that draws everything. */
  subscribeAll(listener: () => void): () => void {
    this.everyone.add(listener);
    return () => this.everyone.delete(listener);
  }

  private tell(keys: readonly string[]): void {
    if (keys.length === 0) return;
    for (const key of keys) for (const listener of this.listeners.get(key) ?? []) listener();
    for (const listener of this.everyone) listener();
  }
}

export function useKeyed<Value>(store: KeyedStore<Value>, key: string): Value | undefined {
  const subscribe = useCallback((listener: () => void) => store.subscribe(key, listener), [store, key]);
  return useSyncExternalStore(subscribe, () => store.get(key));
}
