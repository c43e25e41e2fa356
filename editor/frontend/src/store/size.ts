/** How large the blueprint may be as a file, told at the edit that would make it larger. */
import * as Y from "yjs";

import { currentDocument, doc, undoManager } from "./document";
import { say } from "./ui";

/** A change is written shorter among changes than in a file, with its names and its indentation. */
const LOOSER = 8;

let most = Infinity;
/** As it was last measured, and how much larger it can have become since. */
let measured = 0;
let grown = 0;

function measure(): number {
  grown = 0;
  measured = new TextEncoder().encode(JSON.stringify(currentDocument(), null, 2)).length + 1;
  return measured;
}

/** Begin to watch over it. */
export function limitSize(bytes: number): void {
  most = bytes;
  measure();
}

/** Whether a change has made the blueprint too large; one that was too large already may shrink. */
export function outgrown(change: Uint8Array): boolean {
  grown += LOOSER * change.length;
  if (measured + grown <= most) return false;
  const before = measured;
  return measure() > Math.max(most, before);
}

const inMegabytes = (bytes: number): string => (bytes / 1e6).toLocaleString("en", { maximumFractionDigits: 2 });

/**
 * Take back the last steps until the blueprint is small enough, at least one, and say so. Answers
 * the whole draft without what was in them, or null where there is nothing to take back.
 */
export function takeBack(): Uint8Array | null {
  const size = measure();
  let steps = 0;
  while (undoManager.canUndo() && (!steps || measure() > most)) {
    undoManager.undo();
    steps += 1;
  }
  if (!steps) return null;
  // What was taken back would be too large again.
  undoManager.clear(false, true);
  const large = size > most ? `it would have ${inMegabytes(size)} MB` : "it would be too large";
  say(`The last change is undone: with it the blueprint can’t be saved. As a file ${large}, and at most ${inMegabytes(most)} MB are kept. Upload large values as files, or call another blueprint for a part.`, "danger");
  // A draft that is read anew drops what was deleted, and with it what was too large.
  const clean = new Y.Doc();
  Y.applyUpdate(clean, Y.encodeStateAsUpdate(doc));
  const whole = Y.encodeStateAsUpdate(clean);
  clean.destroy();
  return whole;
}
