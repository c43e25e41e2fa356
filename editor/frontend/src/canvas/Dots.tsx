/** The dots behind the drawing: a tile that the browser moves along without painting it anew. */
import { useStoreApi } from "@xyflow/react";
import { useLayoutEffect, useRef } from "react";

const GAP = 20;
const RADIUS = 0.7;
/** Nearer to each other than this, the dots would be a grey of their own. */
const LEAST_TILE = 12;

export function Dots() {
  const store = useStoreApi();
  const dots = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    let drawn = 0;
    const follow = ([x, y, zoom]: readonly [number, number, number]): void => {
      const style = dots.current?.style;
      if (!style) return;
      let tile = GAP * zoom;
      while (tile < LEAST_TILE) tile *= 2;
      if (zoom !== drawn) {
        drawn = zoom;
        style.setProperty("--tile", `${tile}px`);
        style.setProperty("--dot", `${RADIUS * Math.max(zoom, 0.5)}px`);
      }
      // Whole pixels: between two, the browser would mix each pixel of every frame out of four.
      style.transform = `translate(${Math.round(x % tile)}px, ${Math.round(y % tile)}px)`;
    };
    follow(store.getState().transform);
    return store.subscribe(({ transform }, before) => {
      if (transform !== before.transform) follow(transform);
    });
  }, [store]);
  return <div className="canvas-dots" ref={dots} aria-hidden />;
}
