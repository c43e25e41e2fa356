import { expect, it } from "vitest";

import { notesBehind } from "./behind";

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
