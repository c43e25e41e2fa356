/** A note on the canvas: Markdown on coloured paper, edited in place. */
import { type NodeProps, useReactFlow } from "@xyflow/react";
import { memo, type PointerEvent, useLayoutEffect } from "react";

import { type DraftNote, setNote } from "../model/draft";
import { snap } from "../model/geometry";
import { giveKeys } from "../store/ahead";
import { beginStep, doc } from "../store/document";
import { useMay } from "../store/rights";
import { setWriting, useUi } from "../store/ui";
import { looksAlike, type NoteNode } from "./flow";
import { NoteText } from "./NoteText";

/** The corner by which a note is made larger or smaller. */
function ResizeCorner({ note }: { note: DraftNote }) {
  const { screenToFlowPosition } = useReactFlow();
  const size = (event: PointerEvent): void => {
    if (!event.buttons) return;
    const corner = screenToFlowPosition({ x: event.clientX, y: event.clientY });
    const width = Math.max(120, snap(corner.x - note.x));
    const height = Math.max(60, snap(corner.y - note.y));
    if (width !== note.width || height !== note.height) setNote(doc, note.id, { width, height });
  };
  return (
    <span
      className="note-corner nodrag"
      onPointerDown={(event) => {
        event.stopPropagation();
        event.currentTarget.setPointerCapture(event.pointerId);
        beginStep();
      }}
      onPointerMove={size}
      onPointerUp={beginStep}
    />
  );
}

export const Note = memo(function Note({ id, data, selected }: NodeProps<NoteNode>) {
  const { note } = data;
  const edits = useMay("edit");
  const writing = useUi((state) => state.writing === id);
  useLayoutEffect(() => {
    if (writing) giveKeys();
  }, [writing]);
  return (
    <div
      className={`note note-${note.color}${selected ? " is-selected" : ""}`}
      style={{ width: note.width, height: note.height }}
      data-testid={`note-${id}`}
      onDoubleClick={(event) => {
        event.stopPropagation();
        setWriting(id);
      }}
    >
      {selected && edits && <ResizeCorner note={note} />}
      {writing ? (
        <textarea
          className="nodrag nowheel"
          autoFocus
          aria-label="Text of the note"
          value={note.text}
          onFocus={beginStep}
          onChange={(event) => setNote(doc, id, { text: event.target.value })}
          onBlur={() => {
            beginStep();
            setWriting(null);
          }}
          onKeyDown={(event) => {
            if (event.key !== "Escape") return;
            event.stopPropagation();
            event.currentTarget.blur();
          }}
        />
      ) : (
        <NoteText text={note.text || (edits ? "Double-click to write" : "")} />
      )}
    </div>
  );
}, looksAlike);
