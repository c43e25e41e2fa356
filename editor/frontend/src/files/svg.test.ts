import { describe, expect, it } from "vitest";

import type { Document, NodeSpec } from "../model/types";
import { draw } from "../versions/drawn";
import { clipped, type Colours, escaped, KEYWORD, picture } from "./svg";
import { lines, noteLines } from "./svgNote";
import { portShape } from "./svgPort";

const COLOURS: Colours = {
  background: "#eee",
  surface: "#fff",
  line: "#ccc",
  text: "#000",
  muted: "#666",
  port: { any: "#111", text: "#222", number: "#333", boolean: "#444", object: "#555", list: "#666", file: "#777" },
  hue: () => "#00f",
  note: () => "#ff0",
  icon: () => "",
};

describe("a picture of a drawing", () => {
  it("shows every node, edge and note, and has the document inside", async () => {
    const document: Document = {
      format: "conductor/1",
      name: "A <b> & c",
      nodes: { a: { kind: "no.such", title: "One" }, b: { kind: "no.such", parameters: { x: "</metadata>]]>" } } },
      edges: ["a.out -> b.in"],
      layout: { a: [-500, -40], b: [300, 0] },
      notes: [{ id: "n", text: "Look here", x: 0, y: 200 }],
    };
    const { svg, width, height } = picture(await draw(document, new Map<string, NodeSpec>()), document.name, JSON.stringify(document), COLOURS);
    expect([width, height]).toEqual([220 + 800 + 80, 360 + 80]);
    expect(svg).toContain(">One</text>");
    expect(svg).toContain(">Look here</tspan>");
    expect(svg.match(/<path /g)).toHaveLength(1);
    expect(svg.match(/<\/metadata>/g)).toHaveLength(1);
    const inside = new RegExp(`<metadata id="${KEYWORD}">(.*?)</metadata>`).exec(svg)?.[1] ?? "";
    const read = inside.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll("&amp;", "&");
    expect(JSON.parse(read)).toEqual(document);
  });

  it("draws edges by way of their points, links by their name, and a collapsed frame as a card", async () => {
    const frame = { kind: "frame.group", title: "Box", begins: ["begin"], ends: ["end"], inputs: [], outputs: [], parameters: {} } as unknown as NodeSpec;
    const document: Document = {
      format: "conductor/1",
      name: "",
      nodes: { a: { kind: "no.such" }, b: { kind: "no.such" }, box: { kind: "frame.group" }, held: { kind: "no.such", title: "Held", frame: "box" } },
      edges: ["a.out -> b.in", "b.out -> a.in", "a.out -> held.in"],
      layout: { a: [0, 0], b: [400, 0], box: [0, 200], held: [120, 280] },
      collapsed: ["box"],
      routes: { "a.out -> b.in": { points: [[300, 123]] }, "b.out -> a.in": { name: "Back & <on>" } },
    };
    const { svg } = picture(await draw(document, new Map([["frame.group", frame]]), { collapse: true }), "", "", COLOURS);
    expect(svg).toContain(" 300,123 C");
    expect(svg.match(/>Back &amp; &lt;on&gt;<\/text>/g)).toHaveLength(2);
    expect(svg).not.toContain(">Held<");
    // The edge by a point, the two stubs of the link, and the edge that ends at the card.
    expect(svg.match(/<path /g)).toHaveLength(4);
  });

  it("tells the types of ports apart by their shapes, as the canvas does", () => {
    const types = ["any", "text", "number", "boolean", "object", "list", "file"] as const;
    const shapes = types.map((type) => portShape(0, 0, { type, multiple: false }, "#fff", "#000"));
    expect(new Set(shapes).size).toBe(types.length);
    expect(portShape(0, 0, { type: "any", multiple: true }, "#fff", "#000")).toBe(shapes[types.indexOf("list")]);
  });

  it("shows the Markdown of a note as lines", () => {
    const text = "# Plan\n**Ask** [them](https://example.org)\n\n- one\n- `two`\n1. three";
    expect(noteLines(text, 200).map(({ text: line, bold }) => (bold ? line.toUpperCase() : line))).toEqual(["PLAN", "Ask them", "• one", "• two", "1. three"]);
  });

  it("has nothing in it that XML forbids", () => {
    expect(escaped('a\u0000b < "c" & d\n')).toBe("a\ufffdb &lt; &quot;c&quot; &amp; d\n");
  });

  it("breaks and cuts texts to fit", () => {
    expect(clipped("A long title", 60, 10)).toBe("A lon…");
    expect(lines("one two three\n\nfour", 80, 10)).toEqual(["one two", "three", "", "four"]);
  });
});
