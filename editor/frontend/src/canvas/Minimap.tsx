/** The whole drawing in a corner, with the part in view; press or drag to go there. */
import { useReactFlow, useStore } from "@xyflow/react";
import { type PointerEvent, useEffect, useRef } from "react";

import { around, type Box } from "../model/geometry";
import { hasMap, MAP } from "../model/room";
import { drawScene, prepare, readPalette } from "./draw";
import { useScene } from "./scene";

const { width: WIDTH, height: HEIGHT } = MAP;
const PADDING = 8;

/** From the drawing's measures to the minimap's. */
interface Scale {
  left: number;
  top: number;
  scale: number;
}

function scaleOf(whole: Box): Scale {
  const scale = Math.min((WIDTH - 2 * PADDING) / whole.width, (HEIGHT - 2 * PADDING) / whole.height);
  return {
    left: (WIDTH - whole.width * scale) / 2 - whole.x * scale,
    top: (HEIGHT - whole.height * scale) / 2 - whole.y * scale,
    scale,
  };
}

export function Minimap() {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { setViewport } = useReactFlow();
  const [x, y, zoom] = useStore((state) => state.transform);
  const width = useStore((state) => state.width);
  const height = useStore((state) => state.height);
  const { scene, version } = useScene();
  const seen: Box = { x: -x / zoom, y: -y / zoom, width: width / zoom, height: height / zoom };
  // While it is dragged the map keeps its scale: growing with the view, it would run away from it.
  const held = useRef<Scale>(undefined);
  const now = held.current ?? scaleOf(around([...scene.boxes, seen]) ?? seen);
  const { left, top, scale } = now;

  useEffect(() => {
    if (!canvas.current) return;
    const context = prepare(canvas.current, WIDTH, HEIGHT);
    if (!context) return;
    const palette = readPalette(canvas.current);
    drawScene(context, scene, palette, { x: left, y: top, zoom: scale });
    context.lineWidth = 1.5;
    context.strokeStyle = palette.accent;
    context.beginPath();
    context.roundRect(
      seen.x * scale + left,
      seen.y * scale + top,
      seen.width * scale,
      seen.height * scale,
      3,
    );
    context.stroke();
  });

  const go = (event: PointerEvent<HTMLCanvasElement>): void => {
    if (!event.buttons) return;
    const box = event.currentTarget.getBoundingClientRect();
    const flowX = (event.clientX - box.left - left) / scale;
    const flowY = (event.clientY - box.top - top) / scale;
    void setViewport({ x: width / 2 - flowX * zoom, y: height / 2 - flowY * zoom, zoom });
  };
  if (!scene.boxes.length || !hasMap({ width, height })) return null;
  return (
    <canvas
      ref={canvas}
      className="minimap"
      style={{ width: WIDTH, height: HEIGHT }}
      role="img"
      aria-label="Minimap: press to go to that part"
      data-testid="minimap"
      data-version={version}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        held.current = now;
        go(event);
      }}
      onLostPointerCapture={() => {
        held.current = undefined;
      }}
      onPointerMove={go}
    />
  );
}
