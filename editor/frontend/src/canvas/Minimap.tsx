/** The whole drawing in a corner, with the part in view; press or drag to go there. */
import { useReactFlow, useStore, useStoreApi } from "@xyflow/react";
import { type PointerEvent, useEffect, useRef } from "react";

import { around, type Box } from "../model/geometry";
import { hasMap, MAP } from "../model/room";
import { drawScene, type Palette, prepare, readPalette, type Scene } from "./draw";
import { useScene } from "./scene";

const { width: WIDTH, height: HEIGHT } = MAP;
const PADDING = 8;
/** The view has come to rest when it has not moved for this long. */
const REST = 120;
/** A change of the drawing is shown on the canvas first, and on the map after that; statuses come every 100 ms. */
const AFTER = 80;

/** From the drawing's measures to the minimap's. */
interface Scale {
  left: number;
  top: number;
  scale: number;
}

/** The drawing as the map shows it, kept so that a view that moves draws no node anew. */
interface Picture {
  canvas: HTMLCanvasElement;
  at: Scale;
  palette: Palette;
}

interface Shown {
  transform: readonly [x: number, y: number, zoom: number];
  width: number;
  height: number;
}

function scaleOf(whole: Box): Scale {
  const scale = Math.min((WIDTH - 2 * PADDING) / whole.width, (HEIGHT - 2 * PADDING) / whole.height);
  return {
    left: (WIDTH - whole.width * scale) / 2 - whole.x * scale,
    top: (HEIGHT - whole.height * scale) / 2 - whole.y * scale,
    scale,
  };
}

function seenIn({ transform: [x, y, zoom], width, height }: Shown): Box {
  return { x: -x / zoom, y: -y / zoom, width: width / zoom, height: height / zoom };
}

function pictureOf(scene: Scene, at: Scale, palette: Palette): Picture | undefined {
  const canvas = document.createElement("canvas");
  const context = prepare(canvas, WIDTH, HEIGHT);
  if (!context) return undefined;
  drawScene(context, scene, palette, { x: at.left, y: at.top, zoom: at.scale });
  return { canvas, at, palette };
}

/** Put the picture onto the map, stretched where its scale is another, and the part in view over it. */
function drawMap(map: HTMLCanvasElement, { canvas, at, palette }: Picture, now: Scale, seen: Box): void {
  const context = prepare(map, WIDTH, HEIGHT);
  if (!context) return;
  const { left, top, scale } = now;
  const stretch = scale / at.scale;
  context.drawImage(canvas, left - at.left * stretch, top - at.top * stretch, WIDTH * stretch, HEIGHT * stretch);
  context.lineWidth = 1.5;
  context.strokeStyle = palette.accent;
  context.beginPath();
  context.roundRect(seen.x * scale + left, seen.y * scale + top, seen.width * scale, seen.height * scale, 3);
  context.stroke();
}

export function Minimap() {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { setViewport } = useReactFlow();
  const store = useStoreApi();
  const shown = useStore((state) => hasMap(state));
  const { scene, version } = useScene();
  // While it is dragged the map keeps its scale: growing with the view, it would run away from it.
  const held = useRef<Scale>(undefined);
  const now = useRef<Scale>({ left: 0, top: 0, scale: 1 });
  const picture = useRef<Picture>(undefined);

  useEffect(() => {
    const map = canvas.current;
    if (!map) return undefined;
    const contents = around([...scene.boxes, ...scene.notes]);
    let stale = true;
    let rest: ReturnType<typeof setTimeout> | undefined;
    const draw = (sharp: boolean): void => {
      const seen = seenIn(store.getState());
      now.current = held.current ?? scaleOf((contents && around([contents, seen])) ?? seen);
      if (sharp && (stale || picture.current?.at.scale !== now.current.scale)) {
        picture.current = pictureOf(scene, now.current, readPalette(map));
        stale = false;
      }
      if (picture.current) drawMap(map, picture.current, now.current, seen);
    };
    const soon = setTimeout(() => draw(true), AFTER);
    const stop = store.subscribe(({ transform, width, height }, before) => {
      if (transform === before.transform && width === before.width && height === before.height) return;
      draw(false);
      clearTimeout(rest);
      rest = setTimeout(() => draw(true), REST);
    });
    return () => {
      clearTimeout(soon);
      clearTimeout(rest);
      stop();
    };
  }, [store, scene, version, shown]);

  const go = (event: PointerEvent<HTMLCanvasElement>): void => {
    if (!event.buttons) return;
    const { left, top, scale } = now.current;
    const { transform, width, height } = store.getState();
    const zoom = transform[2];
    const box = event.currentTarget.getBoundingClientRect();
    const flowX = (event.clientX - box.left - left) / scale;
    const flowY = (event.clientY - box.top - top) / scale;
    void setViewport({ x: width / 2 - flowX * zoom, y: height / 2 - flowY * zoom, zoom });
  };
  if (!scene.boxes.length || !shown) return null;
  return (
    <canvas
      ref={canvas}
      className="minimap"
      style={{ width: WIDTH, height: HEIGHT }}
      role="img"
      aria-label="Minimap: press to go to that part"
      data-testid="minimap"
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        held.current = now.current;
        go(event);
      }}
      onLostPointerCapture={() => {
        held.current = undefined;
      }}
      onPointerMove={go}
    />
  );
}
