/** The actions of notes: the colour of the paper. */
import { NOTE_COLORS, setNote } from "../model/draft";
import { asStep, doc, useDraft } from "../store/document";
import { useSelection } from "../store/selection";
import type { Action } from "./types";

/** The notes among what is selected. */
export function selectedNotes(): string[] {
  const { nodes } = useSelection.getState();
  return useDraft.getState().notes.flatMap(({ id }) => (nodes.has(id) ? [id] : []));
}

export const notes: Action[] = NOTE_COLORS.map((color) => ({
  name: `note-${color}`,
  label: `Make the note ${color}`,
  group: "Edit",
  enabled: () => selectedNotes().length > 0,
  perform: () => asStep(() => selectedNotes().forEach((id) => setNote(doc, id, { color }))),
}));
