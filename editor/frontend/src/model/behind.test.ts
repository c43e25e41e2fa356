import { expect, it } from "vitest";

import { notesAside, notesBehind, paperAround } from "./behind";

const card = (id: string, x: number, y = 0) => ({ id, x, y, width: 220, height: 56 });
const note = (x: number, y: number, width = 260, height = 130) => ({ id: "note", x, y, width, height });
const after = (...cards: ReturnType<typeof card>[]) => new Map(cards.map((box) => [box.id, box]));

it("takes a note along with the nodes that lie on it, and makes it as much larger as they go apart", () => {
  const cards = [card("a", 0), card("b", 300)];
  expect(notesBehind([note(-20, -40, 560)], cards, after(card("b", 600)))).toEqual([{ ...note(-20, -40, 860) }]);
  expect(notesBehind([note(-20, -40, 560)], cards, after(card("a", 100, 40), card("b", 400, 40)))).toEqual([{ ...note(80, 0, 560) }]);
});

it("never makes a note smaller than what is written on it", () => {
  expect(notesBehind([note(-20, -40, 860)], [card("a", 0), card("b", 600)], after(card("b", 300)))).toEqual([]);
});

it("takes a note along with the node that it stands beside, and with none from afar", () => {
  expect(notesBehind([note(0, 80)], [card("a", 0)], after(card("a", 300)))).toEqual([note(300, 80)]);
  expect(notesBehind([note(0, 200)], [card("a", 0)], after(card("a", 300)))).toEqual([]);
});

const frame = { x: 0, y: 0, width: 800, height: 300, header: 48 };

it("moves the notes over a new frame's title out of it together, to where they cover nothing", () => {
  const held = [card("a", 120, 80), card("b", 420, 80)];
  const notes = [{ ...note(120, -20, 220, 80), id: "one" }, { ...note(420, 10, 200, 60), id: "two" }, { ...note(120, 200, 100, 60), id: "in" }];
  expect(notesAside(notes, frame, held, held)).toEqual([{ ...notes[0], y: -100 }, { ...notes[1], y: -70 }]);
  const above = { ...card("above", 120, -120), height: 100 };
  expect(notesAside(notes.slice(0, 1), frame, held, [...held, above])).toEqual([{ ...notes[0], y: -220 }]);
});

it("makes a note on which all nodes of a new frame lie large enough for the frame", () => {
  const held = [card("a", 120, 80)];
  expect(notesAside([{ ...paperAround(held[0]!), id: "note" }], frame, held, held)).toEqual([{ ...paperAround({ x: 0, y: 0, width: 800, height: 300 }), id: "note" }]);
  expect(notesAside([note(-100, -100, 1000, 500)], frame, held, held)).toEqual([]);
});
