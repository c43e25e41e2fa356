import { expect, it } from "vitest";

import { drawScene, firstLine, type Scene, shortened } from "./draw";

it("shortens a name to its room, and no further", () => {
  const widthOf = (text: string): number => text.length * 6;
  expect(shortened("Set fields", 60, widthOf)).toBe("Set fields");
  expect(shortened("Set fields", 54, widthOf)).toBe("Set fiel…");
  expect(shortened("Set fields", 30, widthOf)).toBe("Set…");
});

it("calls a note by its first line, without the signs of Markdown", () => {
  expect(firstLine("\n## **Prices** of `today`\nmore")).toBe("Prices of today");
  expect(["- one\n- two", "> said", "1. first", ""].map(firstLine)).toEqual(["one", "said", "first", ""]);
});

it("fills and outlines what looks the same at once, and what is selected after it", () => {
  const calls: string[] = [];
  const context = new Proxy({} as CanvasRenderingContext2D, {
    get: (_, name) => (...given: unknown[]) => void calls.push(`${String(name)} ${given.slice(0, 2).join(",")}`),
    set: (_, name, value) => (name.toString().endsWith("Style") && calls.push(`${String(name)} ${value}`), true),
  });
  const box = (id: string, x: number, frame = false) => ({ id, x, y: 0, width: 220, height: 56, frame });
  const scene: Scene = {
    notes: [],
    edges: [],
    boxes: [box("frame", 0, true), box("a", 1000), box("b", 2000), box("c", 3000)],
    selected: new Set(["b"]),
    hue: (id) => (id === "c" ? "red" : "blue"),
    status: () => undefined,
  };
  const palette = { edge: "", card: "card", line: "", accent: "accent", text: "", font: "", status: {} };
  drawScene(context, scene, palette, { x: 0, y: 0, zoom: 0.1 });
  const drawn = calls.slice(calls.indexOf("stroke ") + 1);
  expect(drawn.filter((call) => /^rect|Style (?!card)/.test(call))).toEqual([
    "rect 0,0", "fillStyle blue", "strokeStyle blue",
    "rect 100,0", "rect 200,0", "fillStyle blue", "strokeStyle blue",
    "rect 300,0", "fillStyle red", "strokeStyle red",
    "strokeStyle accent", "rect 200,0",
  ]);
});
