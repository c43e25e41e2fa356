/** The part of the canvas in which nothing lies over the nodes: the map and the bar of zooms keep their corners. */
import { around, type Box } from "./geometry";

export interface Size {
  readonly width: number;
  readonly height: number;
}

export const MAP = { width: 160, height: 100 };
/** On a canvas that is lower than this the map would cover what it maps. */
const MAP_FROM = 340;
/** And on one that is narrower than this it would lie on the bar of zooms. */
const MAP_FROM_WIDTH = 480;
const MAP_ACROSS = MAP.width + 24;
const MAP_DOWN = MAP.height + 24;
const BAR = { width: 192, height: 60 };
/** Between what is shown and the canvas' edges. */
const MARGIN = 28;

export function hasMap({ width, height }: Size): boolean {
  return height >= MAP_FROM && width >= MAP_FROM_WIDTH;
}

/** How far down a box that lies between these two places may reach. */
export function floorAt(left: number, right: number, size: Size, margin = MARGIN): number {
  const above = [margin];
  if (hasMap(size) && right > size.width - MAP_ACROSS) above.push(MAP_DOWN);
  if (left < BAR.width) above.push(BAR.height);
  return size.height - Math.max(...above);
}

interface View {
  readonly x: number;
  readonly y: number;
  readonly zoom: number;
}

/** Whether a box lies under the map or the bar. */
function isCovered(box: Box, view: View, size: Size): boolean {
  const left = box.x * view.zoom + view.x;
  const bottom = (box.y + box.height) * view.zoom + view.y;
  return bottom > floorAt(left, left + box.width * view.zoom, size, 0);
}

/** The view that shows all boxes as large as can be, none of them under the map or the bar. */
export function fitting(boxes: readonly Box[], size: Size, most: number): View | undefined {
  const whole = around([...boxes]);
  if (!whole) return undefined;
  const within = (right: number, bottom: number): View => {
    const [width, height] = [Math.max(80, size.width - MARGIN - right), Math.max(80, size.height - MARGIN - bottom)];
    const zoom = Math.min(most, width / whole.width, height / whole.height);
    const x = MARGIN + width / 2 - (whole.x + whole.width / 2) * zoom;
    return { x, y: MARGIN + height / 2 - (whole.y + whole.height / 2) * zoom, zoom };
  };
  const free = (view: View): boolean => boxes.every((box) => !isCovered(box, view, size));
  const down = hasMap(size) ? MAP_DOWN : BAR.height;
  const tries = [within(MARGIN, MARGIN), within(MARGIN, BAR.height), within(MARGIN, down), within(MAP_ACROSS, BAR.height)];
  const good = tries.filter(free).sort((one, other) => other.zoom - one.zoom);
  // A canvas that is all corners shows everything all the same.
  return good[0] ?? tries[1];
}
