/** The part of the canvas in which nothing lies over the nodes: map, bar of zooms and the panels' buttons keep their corners. */
import { around, type Box } from "./geometry";

export interface Size {
  readonly width: number;
  readonly height: number;
  /** The buttons are as large as fingers need them. */
  readonly fingers?: boolean;
}

export const MAP = { width: 160, height: 100 };
/** On a canvas that is lower than this the map would cover what it maps. */
const MAP_FROM = 340;
/** And on one that is narrower than this it would lie on the bar of zooms. */
const MAP_FROM_WIDTH = 480;
const MAP_ACROSS = MAP.width + 24;
const MAP_DOWN = MAP.height + 24;
const BAR = { width: 192, height: 60 };
const BAR_FOR_FINGERS = { width: 228, height: 64 };
const TOOLS = { width: 116, height: 56 };
const TOOLS_FOR_FINGERS = { width: 140, height: 64 };
/** How far the sign of a status hangs over the lower side of a card. */
const OVERHANG = 14;
/** Between what is shown and the canvas' edges. */
const MARGIN = 28;

export function hasMap({ width, height }: Size): boolean {
  return height >= MAP_FROM && width >= MAP_FROM_WIDTH;
}

/** How far down a box that lies between these two places may reach. */
export function floorAt(left: number, right: number, size: Size, margin = MARGIN): number {
  const above = [margin];
  if (hasMap(size) && right > size.width - MAP_ACROSS) above.push(MAP_DOWN);
  const bar = size.fingers ? BAR_FOR_FINGERS : BAR;
  if (left < bar.width) above.push(bar.height);
  return size.height - Math.max(...above);
}

/** How far up a box may reach that ends at this place to the right. */
export function ceilingAt(right: number, size: Size, margin = MARGIN): number {
  const tools = size.fingers ? TOOLS_FOR_FINGERS : TOOLS;
  return right > size.width - tools.width ? Math.max(tools.height, margin) : margin;
}

interface View {
  readonly x: number;
  readonly y: number;
  readonly zoom: number;
}

/** Where a box is on the canvas, with what hangs over its lower side. */
export function onCanvas(box: Box, { x, y, zoom }: View): { left: number; top: number; right: number; bottom: number } {
  const [left, top] = [box.x * zoom + x, box.y * zoom + y];
  return { left, top, right: left + box.width * zoom, bottom: top + (box.height + OVERHANG) * zoom };
}

/** Whether a box lies under something in a corner, or beyond the upper or lower side. */
export function isCovered(box: Box, view: View, size: Size): boolean {
  const { left, top, right, bottom } = onCanvas(box, view);
  return top < ceilingAt(right, size, 0) || bottom > floorAt(left, right, size, 0);
}

/** The view that shows all boxes as large as can be, none of them under anything. */
export function fitting(boxes: readonly Box[], size: Size, most: number): View | undefined {
  const whole = around([...boxes]);
  if (!whole) return undefined;
  const within = (top: number, right: number, bottom: number): View => {
    const [width, height] = [Math.max(80, size.width - MARGIN - right), Math.max(80, size.height - top - bottom)];
    const zoom = Math.min(most, width / whole.width, height / (whole.height + OVERHANG));
    const x = MARGIN + width / 2 - (whole.x + whole.width / 2) * zoom;
    return { x, y: top + height / 2 - (whole.y + whole.height / 2) * zoom, zoom };
  };
  const free = (view: View): boolean => boxes.every((box) => !isCovered(box, view, size));
  const bar = (size.fingers ? BAR_FOR_FINGERS : BAR).height;
  const tools = (size.fingers ? TOOLS_FOR_FINGERS : TOOLS).height;
  const down = hasMap(size) ? MAP_DOWN : bar;
  const tries = [MARGIN, tools].flatMap((top) => [
    within(top, MARGIN, MARGIN),
    within(top, MARGIN, bar),
    within(top, MARGIN, down),
    within(top, MAP_ACROSS, bar),
  ]);
  const good = tries.filter(free).sort((one, other) => other.zoom - one.zoom);
  // A canvas that is all corners shows everything all the same.
  return good[0] ?? tries[1];
}
