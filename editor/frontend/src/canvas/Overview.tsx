/** Below the zoom at which nobody can read a node: the whole drawing as one canvas. */
import { useStore } from "@xyflow/react";
import { useEffect, useRef } from "react";

import { drawScene, prepare, readPalette } from "./draw";
import { useScene } from "./scene";

export function Overview() {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [x, y, zoom] = useStore((state) => state.transform);
  const width = useStore((state) => state.width);
  const height = useStore((state) => state.height);
  const { scene, version } = useScene();
  useEffect(() => {
    if (!canvas.current) return;
    const context = prepare(canvas.current, width, height);
    if (context) drawScene(context, scene, readPalette(canvas.current), { x, y, zoom }, { width, height });
  }, [x, y, zoom, width, height, scene, version]);
  return (
    <canvas
      ref={canvas}
      className="overview"
      style={{ width, height }}
      role="img"
      aria-label={`Overview of ${scene.boxes.length} nodes; zoom in to work on them`}
      data-testid="overview"
    />
  );
}
