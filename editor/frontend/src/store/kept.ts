/** What could not be saved before a page was left, kept in this browser until a page has saved it. */
import type { Document } from "../model/types";

export interface Kept {
  /** The revision that the draft was based on. */
  revision: number;
  document: Document;
}

const KEY = "conductor-draft-";

/** Keep a draft; answers whether the browser could. */
export function keep(blueprint: string, kept: Kept): boolean {
  try {
    localStorage.setItem(KEY + blueprint, JSON.stringify(kept));
    return true;
  } catch {
    return false; // storage may be forbidden, or too small for it
  }
}

export function kept(blueprint: string): Kept | null {
  try {
    return JSON.parse(localStorage.getItem(KEY + blueprint) ?? "null") as Kept | null;
  } catch {
    return null;
  }
}

export function forget(blueprint: string): void {
  try {
    localStorage.removeItem(KEY + blueprint);
  } catch {
    // then it could not be kept either
  }
}
