/** Sizes of nodes and places of their ports, computed; styles/canvas.css uses the same measures. */
import type { NodePort, Ports } from "./ports";

export const GRID = 20;
export const NODE_WIDTH = 220;
export const HEADER_HEIGHT = 56;
export const ROW_HEIGHT = 24;
export const ROWS_PADDING = 8;
const FRAME_HEADER = 48;
/** The strip at a frame's left and right in which its inner ports are. */
const FRAME_RAIL = 84;
/** From a frame's left or right side to what it holds. */
export const FRAME_SIDE = FRAME_RAIL + 36;
export const FRAME_BOTTOM = 40;
/** How wide and high the round of a port is. */
export const HANDLE = 12;
const FRAME_GAP = 32;
const INNER_ROW = 32;

export interface PortPlace {
  port: NodePort;
  /** The middle of the port, measured from the node's top. */
  y: number;
}

export interface Shape {
  width: number;
  height: number;
  /** One line without port names: the ports sit at the middle of the sides. */
  compact: boolean;
  inputs: readonly PortPlace[];
  outputs: readonly PortPlace[];
}

/** The shape of a frame when it is empty; it grows around what it holds. */
export interface FrameShape extends Shape {
  /** `header` is the height of its title, `top` the distance from its upper side to what it holds. */
  frame?: { header: number; top: number; namesIn: boolean; namesOut: boolean };
}

/** The middle of a port, measured from the node's left; inner ports are at the inner side of the rail. */
export function portX({ port }: PortPlace, side: "source" | "target", width: number): number {
  if (port.inner) return side === "source" ? FRAME_RAIL : width - FRAME_RAIL;
  return side === "source" ? width : 0;
}

function plain(ports: readonly NodePort[], usual: string): boolean {
  return ports.length === 0 || (ports.length === 1 && ports[0]?.name === usual && !ports[0].missing);
}

/** The shape of a node with these ports; ports with the usual names need no rows. */
export function shapeOf(ports: Ports): Shape {
  const compact = plain(ports.inputs, "in") && plain(ports.outputs, "out");
  const rows = compact ? 0 : Math.max(ports.inputs.length, ports.outputs.length);
  const rowY = (index: number): number =>
    compact ? HEADER_HEIGHT / 2 : HEADER_HEIGHT + ROWS_PADDING + ROW_HEIGHT * (index + 0.5);
  const place = (port: NodePort, index: number): PortPlace => ({ port, y: rowY(index) });
  return {
    width: NODE_WIDTH,
    height: HEADER_HEIGHT + (rows ? rows * ROW_HEIGHT + 2 * ROWS_PADDING : 0),
    compact,
    inputs: ports.inputs.map(place),
    outputs: ports.outputs.map(place),
  };
}

/** The shape of a frame: outer ports beside its title, inner ones below it, level with a node inside. */
export function frameShapeOf(ports: Ports): FrameShape {
  const outer = (side: readonly NodePort[]): NodePort[] => side.filter((port) => !port.inner);
  const inner = (side: readonly NodePort[]): NodePort[] => side.filter((port) => port.inner);
  const namesIn = !plain(outer(ports.inputs), "in");
  const namesOut = !plain(outer(ports.outputs), "out");
  const rows = Math.max(outer(ports.inputs).length, outer(ports.outputs).length);
  const header = Math.max(FRAME_HEADER, rows * ROW_HEIGHT);
  const top = header + FRAME_GAP;
  const places = (side: readonly NodePort[]): PortPlace[] => [
    ...outer(side).map((port, index, { length }) => ({
      port,
      y: header / 2 + ROW_HEIGHT * (index - (length - 1) / 2),
    })),
    ...inner(side).map((port, index) => ({ port, y: top + HEADER_HEIGHT / 2 + INNER_ROW * index })),
  ];
  const innerRows = Math.max(inner(ports.inputs).length, inner(ports.outputs).length, 1);
  const body = Math.max(HEADER_HEIGHT, HEADER_HEIGHT / 2 + INNER_ROW * (innerRows - 0.5));
  return {
    width: NODE_WIDTH + 2 * FRAME_SIDE,
    height: top + body + FRAME_BOTTOM,
    compact: !namesIn && !namesOut,
    inputs: places(ports.inputs),
    outputs: places(ports.outputs),
    frame: { header, top, namesIn, namesOut },
  };
}

/** Where the edges end that lead past a collapsed frame's ports to what it holds. */
export const INSIDE = "@inside";
const INSIDE_PORT: NodePort = { name: INSIDE, type: "any", required: false, multiple: true, title: "inside", description: "" };

/** The shape of a frame that is drawn without what it holds: a card with its outer ports. */
export function collapsedShapeOf(ports: Ports): FrameShape {
  const outer = (side: readonly NodePort[]): NodePort[] => side.filter((port) => !port.inner);
  const shape = shapeOf({ inputs: outer(ports.inputs), outputs: outer(ports.outputs) });
  const place = { port: INSIDE_PORT, y: shape.height - 10 };
  return { ...shape, inputs: [...shape.inputs, place], outputs: [...shape.outputs, place] };
}

/** The shape of a node, or of a frame, which may be collapsed. */
export function shapeFor(ports: Ports, frame: boolean, collapsed = false): FrameShape {
  if (!frame) return shapeOf(ports);
  return collapsed ? collapsedShapeOf(ports) : frameShapeOf(ports);
}

export function snap(value: number): number {
  return Math.round(value / GRID) * GRID;
}

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The box around boxes; undefined when there are none. */
export function around(boxes: Iterable<Box>): Box | undefined {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const box of boxes) {
    left = Math.min(left, box.x);
    top = Math.min(top, box.y);
    right = Math.max(right, box.x + box.width);
    bottom = Math.max(bottom, box.y + box.height);
  }
  return left === Infinity ? undefined : { x: left, y: top, width: right - left, height: bottom - top };
}

export function overlaps(one: Box, other: Box, gap = 0): boolean {
  return (
    one.x < other.x + other.width + gap &&
    other.x < one.x + one.width + gap &&
    one.y < other.y + other.height + gap &&
    other.y < one.y + one.height + gap
  );
}

/** More boxes than this move as one. */
const MOST_APART = 40;

/** The shortest way, straight down, right, up or left, on which boxes move together until none covers another. */
export function wayFree(boxes: readonly Box[], taken: readonly Box[]): readonly [dx: number, dy: number] {
  const whole = around(boxes);
  if (!whole) return [0, 0];
  const own = boxes.length > MOST_APART ? [whole] : boxes;
  const ways = ([[0, 1], [1, 0], [0, -1], [-1, 0]] as const).map(([dx, dy]) => {
    const behind = (box: Box, hit: Box): number => {
      if (dy) return dy > 0 ? hit.y + hit.height - box.y : box.y + box.height - hit.y;
      return dx > 0 ? hit.x + hit.width - box.x : box.x + box.width - hit.x;
    };
    let far = 0;
    for (let more = Infinity; more > 0; far += more) {
      more = 0;
      for (const { x, y, width, height } of own) {
        const box = { x: x + dx * far, y: y + dy * far, width, height };
        for (const hit of taken) if (overlaps(box, hit, GRID / 2)) more = Math.max(more, Math.ceil((behind(box, hit) + GRID / 2) / GRID) * GRID);
      }
    }
    return { far, by: [dx * far, dy * far] as const };
  });
  return ways.reduce((best, way) => (way.far < best.far ? way : best)).by;
}

/** The nearest place below the wanted one where a box covers no other. */
export function freePlace(wanted: Box, taken: readonly Box[]): { x: number; y: number } {
  const box = { ...wanted };
  for (let turn = 0; turn <= taken.length; turn += 1) {
    const hit = taken.find((other) => overlaps(box, other, GRID / 2));
    if (!hit) break;
    box.y = snap(hit.y + hit.height + GRID);
  }
  return { x: box.x, y: box.y };
}
