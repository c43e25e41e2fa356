/** A drawing that is only looked at: it can be moved about in and its nodes pressed, and no more. */
import { Background, BackgroundVariant, ReactFlow, ReactFlowProvider, useReactFlow, useStore, useStoreApi } from "@xyflow/react";
import { Maximize, Minus, Plus } from "lucide-react";
import { useEffect, useMemo, useRef } from "react";

import { Tool } from "../actions/Tool";
import { categoryColor } from "../canvas/category";
import { drawScene, prepare, readPalette } from "../canvas/draw";
import { type FlowEdge, flowEdges, type FlowNode, flowNodes } from "../canvas/flow";
import { paper, resolved } from "../canvas/scene";
import { distanceAt, MAX_ZOOM, MIN_ZOOM, OVERVIEW_ZOOM } from "../canvas/view";
import { around } from "../model/geometry";
import { SEEN_EDGES, SEEN_NODES } from "./cards";
import type { Drawn } from "./drawn";
import { useMarks } from "./seen";

const STILL = new Map<string, { x: number; y: number }>();
const NONE: ReadonlySet<string> = new Set();
const NO_NODES: FlowNode[] = [];
const NO_EDGES: FlowEdge[] = [];
const READ_BY_KEYS = "keys-of-reading";
const DIFFERENT = { "+": "var(--diff-added)", "-": "var(--diff-removed)", "~": "var(--diff-changed)", moved: "var(--text-muted)" };
/** The height at the top that the banner takes. */
const BANNER = 60;
/** Straight there: the flight that is usual zooms out between far places. */
const MOVE = { duration: 200, interpolate: "linear" } as const;

interface Props {
  drawn: Drawn;
  label: string;
  node: string | null;
  onNode: (id: string | null) => void;
}

/** From afar the drawing is one plain canvas, as the draft's is. */
function Far({ drawn }: { drawn: Drawn }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [x, y, zoom] = useStore((state) => state.transform);
  const width = useStore((state) => state.width);
  const height = useStore((state) => state.height);
  const marks = useMarks();
  useEffect(() => {
    const context = canvas.current && prepare(canvas.current, width, height);
    if (!canvas.current || !context) return;
    const cache = new Map<string, string>();
    const hue = (id: string): string => {
      const sign = marks.nodes.get(id);
      const plain = marks.comparing ? "var(--line-strong)" : categoryColor(drawn.forms.get(id)?.spec?.category);
      return resolved(sign ? DIFFERENT[sign] : plain, cache);
    };
    const notes = drawn.notes.map((note) => ({ ...note, color: paper(note.color, cache) }));
    const scene = { notes, boxes: drawn.boxes, edges: drawn.edges, selected: NONE, hue, status: () => undefined };
    drawScene(context, scene, readPalette(canvas.current), { x, y, zoom });
  }, [drawn, marks, x, y, zoom, width, height]);
  return (
    <canvas ref={canvas} className="overview" style={{ width, height }} role="img" aria-label={`Overview of ${drawn.boxes.length} nodes`} />
  );
}

function useFit(drawn: Drawn): (duration?: number) => void {
  const { setViewport } = useReactFlow();
  const width = useStore((state) => state.width);
  const height = useStore((state) => state.height);
  return (duration = 0) => {
    const box = around([...drawn.boxes, ...drawn.notes]);
    if (!box || !width) return;
    const room = Math.min((width - 120) / box.width, (height - 140) / box.height);
    const zoom = Math.max(MIN_ZOOM, Math.min(1, room));
    const x = width / 2 - (box.x + box.width / 2) * zoom;
    // The banner takes from the top.
    const y = height / 2 + 16 - (box.y + box.height / 2) * zoom;
    void setViewport({ x, y, zoom }, duration ? { ...MOVE, duration } : {});
  };
}

function Drawing({ drawn, label, node, onNode }: Props) {
  const { zoomIn, zoomOut, setCenter, getViewport } = useReactFlow();
  const store = useStoreApi();
  const sized = useStore((state) => state.width > 0);
  const far = useStore((state) => state.transform[2] < OVERVIEW_ZOOM);
  const distance = useStore((state) => distanceAt(state.transform[2]));
  const fit = useFit(drawn);
  const selected = useMemo(() => (node ? new Set([node]) : NONE), [node]);
  const nodes = useMemo(
    () =>
      flowNodes({ ...drawn, moving: STILL, selected }, new Map()).map((one) => ({
        ...one,
        domAttributes: { "aria-describedby": READ_BY_KEYS },
      })),
    [drawn, selected],
  );
  const edges = useMemo(() => flowEdges(drawn.edges, drawn.forms, drawn.routes, NONE, new Map()), [drawn]);
  useEffect(() => {
    if (sized) fit();
    // A new drawing is shown whole; a change of the window's size leaves the view.
  }, [drawn, sized]);
  useEffect(() => {
    const box = drawn.boxes.find(({ id }) => id === node);
    if (!box) return;
    const { x, y, zoom } = getViewport();
    const { width, height } = store.getState();
    const [left, top] = [box.x * zoom + x, box.y * zoom + y];
    const whole = left >= 0 && top >= BANNER && left + box.width * zoom <= width && top + box.height * zoom <= height;
    // What was pressed is seen already; what the list leads to may be anywhere.
    if (whole && zoom >= OVERVIEW_ZOOM) return;
    void setCenter(box.x + box.width / 2, box.y + Math.min(box.height, 400) / 2, { ...MOVE, zoom: Math.max(0.8, zoom) });
  }, [node, drawn]);
  return (
    <>
      <ReactFlow<FlowNode, FlowEdge>
        nodes={far ? NO_NODES : nodes}
        edges={far ? NO_EDGES : edges}
        nodeTypes={SEEN_NODES}
        edgeTypes={SEEN_EDGES}
        onNodeClick={(_event, one) => onNode(one.id)}
        onPaneClick={() => onNode(null)}
        onKeyDown={(event) => {
          const at = event.target instanceof Element && event.target.closest(".react-flow__node")?.getAttribute("data-id");
          if (at && (event.key === "Enter" || event.key === " ")) onNode(at);
        }}
        aria-label={label}
        data-distance={distance}
        minZoom={MIN_ZOOM}
        maxZoom={MAX_ZOOM}
        onlyRenderVisibleElements
        nodesDraggable={false}
        nodesConnectable={false}
        elementsSelectable={false}
        nodesFocusable
        edgesFocusable={false}
        deleteKeyCode={null}
        zoomOnDoubleClick={false}
        disableKeyboardA11y
        panOnDrag
        proOptions={{ hideAttribution: true }}
      >
        <Background variant={BackgroundVariant.Lines} gap={80} size={1} color="var(--reading-grid)" />
      </ReactFlow>
      <p id={READ_BY_KEYS} hidden>
        Enter shows its parameters.
      </p>
      {far && <Far drawn={drawn} />}
      <div className="canvas-controls" role="toolbar" aria-label="View">
        <Tool label="Zoom out" icon={Minus} onClick={() => void zoomOut(MOVE)} />
        <Tool label="Zoom in" icon={Plus} onClick={() => void zoomIn(MOVE)} />
        <Tool label="Show everything" icon={Maximize} onClick={() => fit(200)} />
      </div>
    </>
  );
}

export function Reader(props: Props) {
  return (
    <ReactFlowProvider>
      <Drawing {...props} />
    </ReactFlowProvider>
  );
}
