/** What could not be saved before a page was left, kept in this browser until a page has saved it. */
import { fromBase64, toBase64 } from "../api/base64";

const KEY = "conductor-draft-";

/** Keep a page's unsaved changes, beside those of other pages; answers whether the browser could. */
export function keep(blueprint: string, page: number, changes: Uint8Array): boolean {
  try {
    localStorage.setItem(`${KEY}${blueprint}-${page}`, toBase64(changes));
    return true;
  } catch {
    return false; // storage may be forbidden, or too small for it
  }
}

/** What pages have left, by its key. */
export function kept(blueprint: string): Map<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  try {
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith(`${KEY}${blueprint}-`)) found.set(key, fromBase64(localStorage.getItem(key) ?? ""));
    }
  } catch {
    // what can't be read can't be brought back
  }
  return found;
}

export function forget(keys: Iterable<string>): void {
  try {
    for (const key of keys) localStorage.removeItem(key);
  } catch {
    // then it could not be kept either
  }
}

export function keyOf(blueprint: string, page: number): string {
  return `${KEY}${blueprint}-${page}`;
}
