/** The notes of the draft. */
import type * as Y from "yjs";

import type { DocumentNote } from "../types";
import { packed } from "../values";
import { change, maps, ordered, type Shared, sharedValues, valuesOf } from "./shared";

export interface DraftNote {
  id: string;
  text: string;
  x: number;
  y: number;
  width: number;
  height: number;
  color: string;
}

export const NOTE_DEFAULTS = { text: "", x: 0, y: 0, width: 240, height: 120, color: "yellow" };

export function sharedNote(note: DocumentNote, order: number): Shared {
  return sharedValues({ ...note, order });
}

export function readNote(id: string, shared: Shared): DraftNote {
  return { ...NOTE_DEFAULTS, ...valuesOf(shared), id };
}

export function noteIds(doc: Y.Doc): string[] {
  return ordered(maps(doc).notes).map(([id]) => id);
}

export function setNote(doc: Y.Doc, id: string, part: Partial<DraftNote>): void {
  change(doc, (all) => {
    const note = all.notes.get(id);
    for (const [key, value] of Object.entries(part)) note?.set(key, packed(value));
  });
}
