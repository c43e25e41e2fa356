/** The others on the canvas: their pointers with their names, and what they have selected. */
import { useStore, ViewportPortal } from "@xyflow/react";
import { type CSSProperties, useMemo } from "react";

import { useDraft } from "../store/document";
import { type Person, usePeople } from "../store/people";
import { boxes, framesNow, useForms } from "../store/shapes";

interface Outline {
  id: string;
  person: Person;
  x: number;
  y: number;
  width: number;
  height: number;
  named: boolean;
}

function colourOf(person: Person): CSSProperties {
  return { "--person": `var(--person-${person.colour})` } as CSSProperties;
}

/** Around each node, note and frame that others have selected; the first of each person says whose it is. */
function useOutlines(people: readonly Person[]): Outline[] {
  const forms = useForms();
  const layout = useDraft((state) => state.layout);
  const notes = useDraft((state) => state.notes);
  const frames = useDraft(framesNow);
  const places = useMemo(() => {
    const found = new Map(boxes().map((box) => [box.id, box as { x: number; y: number; width: number; height: number }]));
    for (const [id, box] of frames) found.set(id, box);
    for (const note of notes) found.set(note.id, note);
    return found;
    // The layout is read by boxes().
  }, [forms, layout, notes, frames]);
  return people.flatMap((person) => {
    let named = false;
    return person.selection.flatMap((id) => {
      const box = places.get(id);
      if (!box) return [];
      const outline = { id, person, x: box.x, y: box.y, width: box.width, height: box.height, named: !named };
      named = true;
      return [outline];
    });
  });
}

export function Others() {
  const people = usePeople((state) => state.people);
  const zoom = useStore((state) => state.transform[2]);
  const outlines = useOutlines(people);
  return (
    <ViewportPortal>
      <div className="others" style={{ "--unzoom": 1 / zoom } as CSSProperties} aria-hidden>
        {outlines.map(({ id, person, x, y, width, height, named }) => (
          <div
            key={`${person.peer} ${id}`}
            className="others-selected"
            style={{ ...colourOf(person), width, height, transform: `translate(${x}px, ${y}px)` }}
            data-testid={`selected-by-other-${id}`}
          >
            {named && !person.cursor && <span className="others-name">{person.name}</span>}
          </div>
        ))}
        {people.map(
          (person) =>
            person.cursor && (
              <div
                key={person.peer}
                className="others-cursor"
                style={{ ...colourOf(person), transform: `translate(${person.cursor[0]}px, ${person.cursor[1]}px)` }}
                data-testid="other-cursor"
              >
                <div className="others-unzoomed">
                  <svg width="16" height="18" viewBox="0 0 16 18">
                    <path d="M1.5 1.5 14 9.2 8.4 10.6 5.4 16Z" />
                  </svg>
                  <span className="others-name">{person.name}</span>
                </div>
              </div>
            ),
        )}
      </div>
    </ViewportPortal>
  );
}
