import { describe, expect, it } from "vitest";

import { frameShapeOf, shapeOf } from "./geometry";
import type { NodePort } from "./ports";
import { catches, courseOf, crosses, curvesOf, endsAt, pathOf, type Standing } from "./slice";

function port(name: string, inner = false): NodePort {
  return { name, type: "any", required: false, multiple: false, title: name, description: "", inner };
}

describe("a stroke", () => {
  const course = courseOf(curvesOf({ x: 0, y: 0 }, [], { x: 200, y: 100 }));

  it("crosses an edge where it goes over its curve", () => {
    expect(crosses({ x: 100, y: 0 }, { x: 100, y: 100 }, course)).toBe(true);
    expect(crosses({ x: 0, y: 60 }, { x: 100, y: 100 }, course)).toBe(false);
  });

  it("follows the swing of an edge that leads backwards", () => {
    const back = courseOf(curvesOf({ x: 0, y: 0 }, [], { x: -400, y: 80 }));
    expect(crosses({ x: 10, y: -20 }, { x: 10, y: 40 }, back)).toBe(true);
    expect(crosses({ x: 60, y: -20 }, { x: 60, y: 40 }, back)).toBe(false);
  });
});

describe("where an edge begins and ends", () => {
  const card = shapeOf({ inputs: [port("in")], outputs: [port("out")] });
  const frame = frameShapeOf({ inputs: [port("in"), port("result", true)], outputs: [port("item", true), port("out")] });
  const standing: Record<string, Standing> = {
    card: { box: { x: 100, y: 50, width: card.width, height: card.height }, shape: card },
    frame: { box: { x: 0, y: 0, width: 800, height: 400 }, shape: frame },
  };

  it("is beside the card, and within the rail of a frame for its inner ports", () => {
    const ends = { source: "frame", sourcePort: "item", target: "card", targetPort: "in" };
    const [from, to] = endsAt(ends, (node) => standing[node]) ?? [];
    expect(from?.x).toBe(84 + 6);
    expect(to).toEqual({ x: 94, y: 78 });
  });

  it("is unknown where a port is not drawn", () => {
    const ends = { source: "card", sourcePort: "gone", target: "card", targetPort: "in" };
    expect(endsAt(ends, (node) => standing[node])).toBeUndefined();
  });
});

describe("a closed stroke", () => {
  const lasso = [{ x: 0, y: 0 }, { x: 200, y: 0 }, { x: 200, y: 200 }, { x: 100, y: 120 }, { x: 0, y: 200 }];
  const box = (x: number, y: number, frame = false) => ({ x, y, width: 40, height: 20, frame });

  it("catches what it goes around or over, but not what lies in its bay", () => {
    expect(catches(lasso, box(80, 40))).toBe(true);
    expect(catches(lasso, box(180, -10))).toBe(true);
    expect(catches(lasso, box(80, 170))).toBe(false);
  });

  it("catches a frame only as a whole", () => {
    expect(catches(lasso, box(80, 40, true))).toBe(true);
    expect(catches(lasso, box(180, 40, true))).toBe(false);
  });
});

describe("an edge by way of points", () => {
  it("goes through each of them without a corner, also backwards", () => {
    const [from, to] = [{ x: 0, y: 0 }, { x: -300, y: 0 }];
    const points = [{ x: 60, y: -80 }, { x: -360, y: -80 }];
    const curves = curvesOf(from, points, to);
    expect(curves.map(([start]) => start)).toEqual([from, ...points]);
    expect(curves.map((curve) => curve[3])).toEqual([...points, to]);
    for (const [index, [, , other, end]] of curves.entries()) {
      const next = curves[index + 1];
      if (!next) continue;
      // The way in and the way out of a point are one line.
      expect(Math.sign(end.x - other.x)).toBe(Math.sign(next[1].x - next[0].x));
      expect(other.y).toBe(end.y);
    }
    // Between the points it runs back, so there it leaves the first to the left.
    expect(curves[1]?.[1].x).toBeLessThan(60);
    expect(pathOf(curves)).toMatch(/^M0,0 C.* 60,-80 C.* -360,-80 C.* -300,0$/);
  });
});
