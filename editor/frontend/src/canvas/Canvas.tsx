/** The canvas: React Flow over the draft, with what dragging, joining and dropping mean here. */
import {
  type NodeChange,
  type EdgeChange,
  ReactFlow,
  type ReactFlowInstance,
  type ReactFlowProps,
  ReactFlowProvider,
  useStore,
  useStoreApi,
} from "@xyflow/react";
import { type DragEvent, type MouseEvent, useCallback, useEffect, useMemo, useRef, useState } from "react";

import { edgeReason } from "../model/checks";
import { useDraft } from "../store/document";
import { usePeople } from "../store/people";
import { may, useMay } from "../store/rights";
import { select, useSelection } from "../store/selection";
import { drawing, forms as formsNow, framesNow, nodeAt, useForms } from "../store/shapes";
import { type Menu, openMenu, openQuickAdd, rename, setPanels, useUi } from "../store/ui";
import { byHand, loadHands } from "./byHand";
import { endsOf } from "./connecting";
import { ConnectionLine } from "./ConnectionLine";
import { Controls } from "./Controls";
import { ValueEdge } from "./Edge";
import { Dots } from "./Dots";
import { DRAGGED_KIND } from "./drag";
import { EmptyHint } from "./EmptyHint";
import { type FlowEdge, flowEdges, type FlowNode, flowNodes, KEYS_OF_NODE, withHeld } from "./flow";
import { FrameBox } from "./FrameBox";
import { takeAsGiven } from "./given";
import { addPoint, goAlong } from "./routes";
import { setHeld } from "./held";
import { keepMiddle } from "./keepMiddle";
import { NodeCard } from "./NodeCard";
import { Note } from "./Note";
import { bringIntoView, distanceAt, firstView, MAX_ZOOM, MIN_ZOOM, OVERVIEW_ZOOM, reveal, setPointer, setView, toFlow, viewNow } from "./view";
import { later } from "../later";
import { Part } from "../Part";

const ConnectionHint = later(() => import("./ConnectionHint").then((m) => m.ConnectionHint));
const JoinList = later(() => import("./JoinList").then((m) => m.JoinList));
const Minimap = later(() => import("./Minimap").then((m) => m.Minimap));
const Others = later(() => import("./Others").then((m) => m.Others));
const Overview = later(() => import("./Overview").then((m) => m.Overview));
const Strokes = later(() => import("./Strokes").then((m) => m.Strokes));

const NODE_TYPES = { card: NodeCard, frame: FrameBox, note: Note };
const EDGE_TYPES = { value: ValueEdge };
const PAN_BUTTONS = [0, 1, 2];
const SNAP: [number, number] = [10, 10];
const ADDING_KEYS = ["Meta", "Control", "Shift"];
const PRO_OPTIONS = { hideAttribution: true };
const NO_NODES: FlowNode[] = [];
const NO_EDGES: FlowEdge[] = [];
const NOT_MOVING: ReadonlyMap<string, { x: number; y: number }> = new Map();

/** Keep what was built last time, so that unchanged entries, and a list of nothing else, stay the same objects. */
function useKept<T extends { id: string }>(build: (before: ReadonlyMap<string, T>) => T[], needs: unknown[]): T[] {
  const before = useRef<{ list: T[]; byId: ReadonlyMap<string, T> }>({ list: [], byId: new Map() });
  return useMemo(() => {
    const { list, byId } = before.current;
    const made = build(byId);
    if (made.length === list.length && made.every((each, at) => each === list[at])) return list;
    before.current = { list: made, byId: new Map(made.map((each) => [each.id, each])) };
    return made;
    // The caller names what its builder depends on.
  }, needs);
}

function chosen(
  now: ReadonlySet<string>,
  changes: readonly (NodeChange<FlowNode> | EdgeChange<FlowEdge>)[],
): Set<string> {
  const next = new Set(now);
  for (const change of changes) {
    if (change.type !== "select") continue;
    if (change.selected) next.add(change.id);
    else next.delete(change.id);
  }
  return next;
}

/** What is pressed is selected, unless it is already, and then the menu is for all of it. */
function onMenu(event: { clientX: number; clientY: number; preventDefault: () => void }, on: Menu["on"], id?: string): void {
  event.preventDefault();
  const now = useSelection.getState();
  if (id !== undefined && !(on === "edge" ? now.edges : now.nodes).has(id)) {
    select(on === "edge" ? [] : [id], on === "edge" ? [id] : []);
  }
  openMenu({ x: event.clientX, y: event.clientY, on });
}

/** A double-click puts a point on an edge; on a link it leads to the other end. */
function onEdgeDoubleClick(event: MouseEvent, edge: FlowEdge): void {
  const end = (event.target as Element).closest("[data-end]")?.getAttribute("data-end");
  if (edge.data?.route?.name) goAlong(edge.id, end);
  else if (may("edit")) addPoint(edge.id, toFlow({ x: event.clientX, y: event.clientY }));
}

function onDrop(event: DragEvent): void {
  const kind = event.dataTransfer.getData(DRAGGED_KIND);
  if (!kind || !may("edit")) return;
  event.preventDefault();
  const at = { x: event.clientX, y: event.clientY };
  byHand((hands) => hands.drop(kind, at));
}

function onDragOver(event: DragEvent): void {
  if (!event.dataTransfer.types.includes(DRAGGED_KIND)) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = "copy";
  const at = { x: event.clientX, y: event.clientY };
  byHand((hands) => hands.aimDragged(at));
}

/** In the overview a press on a node leads to it. */
function onPaneClick(event: MouseEvent): void {
  const far = (viewNow()?.zoom ?? 1) < OVERVIEW_ZOOM;
  const at = toFlow({ x: event.clientX, y: event.clientY });
  const hit = far ? nodeAt(at.x, at.y) : undefined;
  if (hit) {
    select([hit]);
    reveal(hit);
  } else if (useUi.getState().narrow) setPanels({ palette: false, inspector: false, drawer: false });
}

/** A plain press on one of several leaves only that one; where the form is not beside the canvas, it opens below. */
function onNodeClick(event: MouseEvent, node: FlowNode): void {
  const { nodes, edges } = useSelection.getState();
  if (nodes.size + edges.size > 1 && !(event.metaKey || event.ctrlKey || event.shiftKey)) select([node.id]);
  if (!useUi.getState().narrow) return;
  setPanels({ inspector: true });
  // After the canvas has been measured anew, which moves the view too.
  requestAnimationFrame(() => requestAnimationFrame(() => bringIntoView(node.id)));
}

/** Over nothing it adds a node, on a name it renames, and elsewhere on a node it opens the form. */
function onDoubleClick(event: MouseEvent): void {
  const on = event.target as Element;
  if (on.classList.contains("react-flow__pane")) {
    openQuickAdd({ x: event.clientX, y: event.clientY });
    return;
  }
  const node = on.closest(".react-flow__node")?.getAttribute("data-id");
  if (!node || on.closest(".react-flow__handle")) return;
  if (on.closest(".card-title")) rename(node);
  else setPanels({ inspector: true });
}

/**
 * The same functions for as long as the page lives: React Flow takes a function that is new for a
 * change of its settings, goes over all nodes and edges for it, and draws every card again.
 */
const HANDLERS = {
  onConnect: (connection) => byHand((hands) => hands.join(endsOf(connection))),
  onConnectEnd: (event, state) => byHand((hands) => hands.endConnecting(event, state)),
  onReconnect: (old, connection) => byHand((hands) => hands.join(endsOf(connection), old.id)),
  onReconnectEnd: (event, edge, _side, state) => byHand((hands) => hands.sayWhyNot(event, state, edge.id)),
  isValidConnection: (connection) => edgeReason(drawing, endsOf(connection)) === null,
  onNodeDrag: (event, node, all) => byHand((hands) => hands.aimMoved(event, node.id, all)),
  onPaneClick,
  onNodeClick,
  onNodeContextMenu: (event, node) => onMenu(event, "node", node.id),
  onEdgeDoubleClick,
  onEdgeContextMenu: (event, edge) => onMenu(event, "edge", edge.id),
  onPaneContextMenu: (event) => onMenu(event, "canvas"),
  onDrop,
  onDragOver,
  onDragLeave: () => byHand((hands) => hands.leave()),
} satisfies Partial<ReactFlowProps<FlowNode, FlowEdge>>;

function useFlowNodes(): [FlowNode[], (changes: NodeChange<FlowNode>[]) => void] {
  const forms = useForms();
  const layout = useDraft((state) => state.layout);
  const notes = useDraft((state) => state.notes);
  const selected = useSelection((state) => state.nodes);
  const [moving, setMoving] = useState(NOT_MOVING);
  const frames = useDraft(framesNow);
  const nodes = useKept<FlowNode>(
    (before) => flowNodes({ forms, layout, frames, notes, moving, selected }, before),
    [forms, layout, frames, notes, moving, selected],
  );
  const onChange = useCallback((changes: NodeChange<FlowNode>[]) => {
    const moves = changes.flatMap((change) =>
      change.type === "position" && change.position ? [{ ...change, position: change.position }] : [],
    );
    const { layout, notes } = useDraft.getState();
    const drawn = { forms: formsNow(), frames: framesNow(), layout, notes };
    const moved = withHeld(new Map(moves.map((move) => [move.id, move.position])), drawn);
    if (moves.some((move) => move.dragging)) {
      setMoving(moved);
    } else if (moves.length) {
      byHand((hands) => {
        hands.letGo(moved);
        setMoving(NOT_MOVING);
      });
    }
    if (changes.some((change) => change.type === "select")) {
      const now = useSelection.getState();
      const { nodesById, notes } = useDraft.getState();
      const there = (id: string): boolean => nodesById.has(id) || notes.some((note) => note.id === id);
      // What an undo has taken away is selected no more.
      select([...chosen(now.nodes, changes)].filter(there), now.edges);
    }
  }, []);
  return [nodes, onChange];
}

function useFlowEdges(): [FlowEdge[], (changes: EdgeChange<FlowEdge>[]) => void] {
  const forms = useForms();
  const draftEdges = useDraft((state) => state.edges);
  const routes = useDraft((state) => state.routes);
  const selected = useSelection((state) => state.edges);
  const edges = useKept<FlowEdge>(
    (before) => flowEdges(draftEdges, forms, routes, selected, before),
    [draftEdges, forms, routes, selected],
  );
  const onChange = useCallback((changes: EdgeChange<FlowEdge>[]) => {
    if (!changes.some((change) => change.type === "select")) return;
    const now = useSelection.getState();
    select(now.nodes, chosen(now.edges, changes));
  }, []);
  return [edges, onChange];
}

function Flow({ width, height }: { width: number; height: number }) {
  const root = useRef<HTMLDivElement>(null);
  const store = useStoreApi<FlowNode, FlowEdge>();
  useState(() => takeAsGiven(store));
  const [nodes, onNodesChange] = useFlowNodes();
  const [edges, onEdgesChange] = useFlowEdges();
  const far = useStore((state) => state.transform[2] < OVERVIEW_ZOOM);
  const distance = useStore((state) => distanceAt(state.transform[2]));
  const joining = useUi((state) => state.joining);
  const mayEdit = useMay("edit");
  const narrow = useUi((state) => state.narrow);
  const edits = mayEdit && !narrow;
  const together = usePeople((state) => state.people.length > 0);
  const [start] = useState(() => firstView(width, height));
  const onInit = useCallback((flow: ReactFlowInstance<FlowNode, FlowEdge>) => {
    if (root.current) setView(flow as unknown as ReactFlowInstance, root.current);
  }, []);
  useEffect(() => void loadHands(), []);
  useEffect(() => (root.current ? keepMiddle(root.current) : undefined), []);
  useEffect(() => {
    const follow = (event: PointerEvent): void => {
      setPointer(event.clientX, event.clientY);
      setHeld(event);
    };
    window.addEventListener("pointermove", follow, { passive: true });
    return () => window.removeEventListener("pointermove", follow);
  }, []);
  return (
    <div className="canvas" ref={root} data-distance={distance} onDoubleClick={onDoubleClick} data-testid="canvas">
      <ReactFlow<FlowNode, FlowEdge>
        nodes={far ? NO_NODES : nodes}
        edges={far ? NO_EDGES : edges}
        nodeTypes={NODE_TYPES}
        edgeTypes={EDGE_TYPES}
        onNodesChange={onNodesChange}
        onEdgesChange={onEdgesChange}
        onInit={onInit}
        {...HANDLERS}
        reconnectRadius={14}
        connectionLineComponent={ConnectionLine}
        connectionRadius={24}
        defaultViewport={start}
        minZoom={MIN_ZOOM}
        maxZoom={MAX_ZOOM}
        onlyRenderVisibleElements
        elevateNodesOnSelect={false}
        nodeDragThreshold={2}
        snapToGrid
        snapGrid={SNAP}
        panOnDrag={PAN_BUTTONS}
        // Boxes are drawn as the other strokes are.
        selectionKeyCode={null}
        multiSelectionKeyCode={ADDING_KEYS}
        panActivationKeyCode="Space"
        // The wheel zooms as it is: to be told of the key, the whole canvas would be painted anew.
        zoomActivationKeyCode={null}
        nodesDraggable={edits}
        nodesConnectable={edits}
        edgesReconnectable={edits}
        deleteKeyCode={null}
        zoomOnDoubleClick={false}
        disableKeyboardA11y
        edgesFocusable={false}
        attributionPosition="bottom-left"
        proOptions={PRO_OPTIONS}
      >
        <Dots />
        {/* Above the dots, and beneath the pointers of others. */}
        <Part>{far && <Overview />}</Part>
        <Part>{together && <Others />}</Part>
      </ReactFlow>
      <p id={KEYS_OF_NODE} hidden>
        {mayEdit ? "Enter opens its form, C joins its ports, arrows move it, Delete removes it." : "Enter opens its form."}
      </p>
      <EmptyHint />
      <Controls />
      <Part>
        <ConnectionHint />
        <Strokes canvas={root} />
      </Part>
      <Part>
        {joining && <JoinList key={joining} node={joining} />}
        <Minimap />
      </Part>
    </div>
  );
}

/** The canvas waits for its measures, so that its first view is the right one. */
export function Canvas() {
  const frame = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState<{ width: number; height: number } | null>(null);
  useEffect(() => {
    const box = frame.current?.getBoundingClientRect();
    if (box) setSize({ width: box.width, height: box.height });
  }, []);
  return (
    <section className="canvas-frame" ref={frame} aria-label="Canvas">
      {size && (
        <ReactFlowProvider>
          <Flow {...size} />
        </ReactFlowProvider>
      )}
    </section>
  );
}
