/** The points by way of which an edge is drawn, each to be dragged; a double-click takes it away. */
import { type PointerEvent, useState } from "react";

import type { Point } from "../model/slice";
import { movePoint, removePoint } from "./routes";
import { toFlow } from "./view";

const STEP = 10;

interface Held {
  index: number;
  at: Point;
}

function snapped(event: PointerEvent): Point {
  const { x, y } = toFlow({ x: event.clientX, y: event.clientY });
  return { x: Math.round(x / STEP) * STEP, y: Math.round(y / STEP) * STEP };
}

/** The points as they are drawn at this moment, and what draws them. */
export function useRoutePoints(id: string, points: readonly Point[], still: boolean): [readonly Point[], React.ReactNode] {
  const [held, setHeld] = useState<Held | null>(null);
  const shown = held ? points.map((point, index) => (index === held.index ? held.at : point)) : points;
  if (!points.length) return [shown, null];
  const marks = shown.map((point, index) => (
    <circle
      key={index}
      className="edge-point nopan"
      cx={point.x}
      cy={point.y}
      r={6}
      data-testid={`point-${id}-${index}`}
      {...(still
        ? {}
        : {
            onPointerDown: (event: PointerEvent<SVGCircleElement>) => {
              if (event.button !== 0) return;
              event.currentTarget.setPointerCapture(event.pointerId);
              setHeld({ index, at: point });
            },
            onPointerMove: (event: PointerEvent) => {
              if (held?.index === index) setHeld({ index, at: snapped(event) });
            },
            onPointerUp: () => {
              if (held?.index !== index) return;
              setHeld(null);
              if (held.at.x !== points[index]?.x || held.at.y !== points[index]?.y) movePoint(id, index, held.at);
            },
            onPointerCancel: () => setHeld(null),
            onDoubleClick: (event: React.MouseEvent) => {
              event.stopPropagation();
              removePoint(id, index);
            },
          })}
    >
      <title>Drag it; a double-click takes it away</title>
    </circle>
  ));
  return [shown, <g key="points">{marks}</g>];
}
