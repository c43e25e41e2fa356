/** The keys of the person at this browser, over all blueprints. */
import { create } from "zustand";

import { type Drag, type Keymap, keysFor, readKeymap, writeKeymap } from "../model/keymap";
import { PROFILES, profileNamed } from "../model/profiles";

const KEY = "conductor-keys";
const USUAL: Keymap = { profile: "conductor", own: {} };

function stored(): Keymap {
  try {
    return readKeymap(localStorage.getItem(KEY) ?? writeKeymap(USUAL), Object.keys(PROFILES));
  } catch {
    return USUAL; // storage may be forbidden, or hold what an older page wrote
  }
}

export const useKeymap = create<Keymap>(stored);

export function setKeymap(part: Partial<Keymap>): void {
  useKeymap.setState(part);
  const { profile, own, drag } = useKeymap.getState();
  try {
    localStorage.setItem(KEY, writeKeymap({ profile, own, drag }));
  } catch {
    // it holds for this page
  }
}

/** The keys that an action has for this person, given those that it has by itself. */
export function keysNow(name: string, keys: readonly string[] | undefined): readonly string[] | undefined {
  const { profile, own } = useKeymap.getState();
  return keysFor(name, keys, profileNamed(profile).keys, own);
}

/** What a drag on the empty canvas does in a profile. */
export function dragIn(profile: string): Drag {
  return profileNamed(profile).drag ?? "view";
}

/** What it does for this person. */
export function dragNow(): Drag {
  const { profile, drag } = useKeymap.getState();
  return drag ?? dragIn(profile);
}

/** Take the keys that a file holds. Raises KeymapInvalid. */
export function importKeymap(text: string): void {
  const { profile, own, drag } = readKeymap(text, Object.keys(PROFILES));
  setKeymap({ profile, own, drag: drag === dragIn(profile) ? undefined : drag });
}

export function exportKeymap(): string {
  const { profile, own } = useKeymap.getState();
  return writeKeymap({ profile, own, drag: dragNow() });
}
