/** The dots behind the drawing: a tile that the browser moves along without painting it anew. */
import { useStoreApi } from "@xyflow/react";
import { useLayoutEffect, useRef } from "react";

const GAP = 20;
const RADIUS = 0.7;

export function Dots() {
  const store = useStoreApi();
  const dots = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    let drawn = 0;
    const follow = ([x, y, zoom]: readonly [number, number, number]): void => {
      const style = dots.current?.style;
      if (!style) return;
      const tile = GAP * zoom;
      if (zoom !== drawn) {
        drawn = zoom;
        style.setProperty("--tile", `${tile}px`);
        style.setProperty("--dot", `${RADIUS * zoom}px`);
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
