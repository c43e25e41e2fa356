/** The colours that a note can have; the one that all selected notes have is marked. */
import { Check } from "lucide-react";

import { actionNamed } from "../actions/list";
import { NOTE_COLORS } from "../model/draft";
import { useDraft } from "../store/document";
import { useSelection } from "../store/selection";

export function NoteColors() {
  const chosen = useSelection((state) => state.nodes);
  const notes = useDraft((state) => state.notes).filter(({ id }) => chosen.has(id));
  return (
    <div className="note-colors" role="group" aria-label="Colour of the note">
      {NOTE_COLORS.flatMap((color) => {
        const action = actionNamed(`note-${color}`);
        const all = notes.every((note) => note.color === color);
        return action
          ? [
              <button
                key={color}
                type="button"
                className={`note-color note-${color}`}
                aria-label={action.label}
                aria-pressed={all}
                title={action.label}
                onClick={action.perform}
                data-testid={`paper-${color}`}
              >
                {all && <Check size={14} aria-hidden />}
              </button>,
            ]
          : [];
      })}
    </div>
  );
}
