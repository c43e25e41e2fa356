import { describe, expect, it } from "vitest";

import { notesWithin } from "./parts";

const note = (id: string, x: number, width = 10) => ({ id, x, y: 0, width, height: 10 });

describe("the notes of a part", () => {
  it("are those that are selected or lie wholly within its nodes", () => {
    const border = { x: 0, y: 0, width: 100, height: 50 };
    const notes = [note("in", 5), note("across", 95), note("wide", -5, 200), note("chosen", 500)];
    expect(notesWithin(border, notes, new Set(["chosen"]))).toEqual(["in", "chosen"]);
    expect(notesWithin(undefined, notes, new Set())).toEqual([]);
  });
});
