/** The canvas as actions see it: what it shows, and how to show something else. */
import type { ReactFlowInstance } from "@xyflow/react";

import { around, type Box } from "../model/geometry";
import { ceilingAt, fitting, floorAt, isCovered, onCanvas } from "../model/room";
import type { View } from "../model/trail";
import { routePoints } from "../model/routes";
import { useDraft } from "../store/document";
import { boxes, forms } from "../store/shapes";
import { openAround } from "./collapse";

/** Whole is a drawing of a thousand nodes in one row, too. */
export const MIN_ZOOM = 0.002;
export const MAX_ZOOM = 2.5;
export const OVERVIEW_ZOOM = 0.3;
/** Smaller than this a card's text can't be read at ease. */
const READABLE_ZOOM = 0.5;
/** From how far away the cards are seen: the further, the larger are their names, and nothing else is on them. */
export function distanceAt(zoom: number): "far" | "farther" | undefined {
  return zoom < 0.45 ? "farther" : zoom < 0.6 ? "far" : undefined;
}

/** Straight there: the flight that is usual zooms out between far places, beyond all limits. */
const MOVE = { duration: 200, interpolate: "linear" } as const;

let instance: ReactFlowInstance | undefined;
let element: HTMLElement | undefined;
let pointer: { x: number; y: number } | undefined;

let leaves: (view: View) => void = () => undefined;

/** Be told of the view that is left when the canvas leaps to another place. */
export function onLeap(told: (view: View) => void): void {
  leaves = told;
}

/** What the canvas shows: where its corner is on the screen, and how large things are. */
export function viewNow(): View | undefined {
  return instance?.getViewport();
}

/** How the view moves; at once for whoever asked their system for less motion. */
function move(duration: number = MOVE.duration): { duration?: number; interpolate?: "linear" } {
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  return duration && !still ? { ...MOVE, duration } : {};
}

export function showView(view: View): void {
  void instance?.setViewport(view, move());
}

export function setView(flow: ReactFlowInstance, root: HTMLElement): void {
  instance = flow;
  element = root;
}

export function setPointer(x: number, y: number): void {
  pointer = { x, y };
}

function forFingers(): boolean {
  return window.matchMedia("(pointer: coarse)").matches;
}

export function size(): { width: number; height: number; left: number; top: number; fingers: boolean } {
  const { width, height, left, top } = element?.getBoundingClientRect() ?? { width: 1000, height: 600, left: 0, top: 0 };
  return { width, height, left, top, fingers: forFingers() };
}

function pointerOver(): { x: number; y: number } | undefined {
  const { left, top, width, height } = size();
  const over =
    pointer &&
    pointer.x >= left &&
    pointer.x <= left + width &&
    pointer.y >= top &&
    pointer.y <= top + height;
  return over ? pointer : undefined;
}

/** The pointer on the screen if it is over the canvas, else the canvas' middle. */
export function pointerOnScreen(): { x: number; y: number } {
  const { left, top, width, height } = size();
  return pointerOver() ?? { x: left + width / 2, y: top + height / 2 };
}

/** Where in the drawing the pointer is; null where it is not over the canvas. */
export function pointerOnCanvas(): { x: number; y: number } | null {
  const at = pointerOver();
  return at ? toFlow(at) : null;
}

/** How near to the border a stroke pulls the view along, and how far at most in one frame. */
const PULL = 14;

/** By how much the view would have to move for a pointer at the canvas' border, or beyond it; undefined for any other. */
export function borderPull({ x, y }: { x: number; y: number }): { x: number; y: number } | undefined {
  const { left, top, width, height } = size();
  const pull = (at: number, room: number): number =>
    at < PULL ? Math.min(PULL, PULL - at) : at > room - PULL ? Math.max(-PULL, room - PULL - at) : 0;
  const by = { x: pull(x - left, width), y: pull(y - top, height) };
  return by.x || by.y ? by : undefined;
}

export function panBy({ x, y }: { x: number; y: number }): void {
  const view = viewNow();
  if (view) void instance?.setViewport({ ...view, x: view.x + x, y: view.y + y });
}

export function toFlow(screen: { x: number; y: number }): { x: number; y: number } {
  return instance?.screenToFlowPosition(screen) ?? { x: 0, y: 0 };
}

export function toScreen(at: { x: number; y: number }): { x: number; y: number } {
  return instance?.flowToScreenPosition(at) ?? at;
}

export function zoomBy(factor: number): void {
  if (!instance) return;
  void instance.zoomTo(Math.min(MAX_ZOOM, Math.max(MIN_ZOOM, instance.getZoom() * factor)), move());
}

export function resetZoom(): void {
  void instance?.zoomTo(1, move());
}

function contents(only?: ReadonlySet<string>): Box[] {
  if (only?.size) return boxes(only);
  const { notes, routes } = useDraft.getState();
  const points = [...routes.values()].flatMap(routePoints).map((at) => ({ ...at, width: 0, height: 0 }));
  return [...boxes(), ...notes, ...points];
}

/** Show all nodes, or the ones named, whole. */
export function fit(only?: ReadonlySet<string>, duration: number = MOVE.duration): void {
  const view = fitting(contents(only), size(), 1.2);
  const whole = around(contents(only));
  if (!view || !whole || !instance) return;
  // What is larger than any canvas is shown from its middle.
  if (view.zoom < MIN_ZOOM) centre(whole, MIN_ZOOM, duration);
  else leapTo(view, duration);
}

function leapTo(view: View, duration: number): void {
  const left = viewNow();
  if (left) leaves(left);
  void instance?.setViewport(view, move(duration));
}

function centre(box: Box, zoom: number, duration: number): void {
  const { width, height } = size();
  const x = width / 2 - (box.x + box.width / 2) * zoom;
  const y = height / 2 - (box.y + box.height / 2) * zoom;
  leapTo({ x, y, zoom }, duration);
}

function boxOf(id: string): Box | undefined {
  return boxes(new Set([id]))[0] ?? useDraft.getState().notes.find((note) => note.id === id);
}

/** The keys go back to the node, not to the top of the page; the view follows them where it is elsewhere. */
export function focusNode(id: string, frames = 60): void {
  const card = document.querySelector<HTMLElement>(`.react-flow__node[data-id="${CSS.escape(id)}"]`);
  if (card) {
    card.focus();
    return;
  }
  if (frames === 60) bringIntoView(id);
  // What is out of view is not on the page before the view has come there.
  if (frames > 0) requestAnimationFrame(() => focusNode(id, frames - 1));
}

/** Bring a node, or a note, to the middle, at a size at which it can be read. */
export function reveal(id: string): void {
  openAround(id);
  const box = boxOf(id);
  if (box && instance) centre(box, Math.max(0.9, instance.getZoom()), 250);
}

/** Move what is seen by so many pixels of the screen. */
export function shiftView(dx: number, dy: number): void {
  const view = instance?.getViewport();
  if (view && (dx || dy)) void instance?.setViewport({ ...view, x: view.x + dx, y: view.y + dy });
}

/** Move the view just so far that a node, or a note, is whole in it, and under nothing. */
export function bringIntoView(id: string): void {
  const box = boxOf(forms().get(id)?.standIn || id);
  if (box) bringBoxIntoView(box);
}

/** The same for a box of the drawing. */
export function bringBoxIntoView(box: Box): void {
  if (!instance) return;
  const view = instance.getViewport();
  const room = size();
  const shift = (from: number, to: number, first: number, last: number): number =>
    from < first ? first - from : to > last ? Math.max(last - to, first - from) : 0;
  const { left, top, right, bottom } = onCanvas(box, view);
  const dx = shift(left, right, 24, room.width - 24);
  const dy = shift(top, bottom, ceilingAt(right + dx, room, 24), floorAt(left + dx, right + dx, room));
  if (dx || dy) void instance.setViewport({ ...view, x: view.x + dx, y: view.y + dy }, move());
}

/** Whether a box is whole on the canvas, and under nothing. */
function isSeen(box: Box, view: View): boolean {
  const { left, right } = onCanvas(box, view);
  return left >= 0 && right <= size().width && !isCovered(box, view, size());
}

/**
 * Remember what is seen of these nodes before they move. What is returned, called afterwards, shows
 * all of them where some that were seen are seen no more; where all would be too small to read,
 * the one that was nearest to the middle stays where it was on the screen.
 */
export function placeKeeper(ids: ReadonlySet<string>): () => void {
  const view = viewNow();
  const seen = view ? boxes(ids).filter((box) => !box.frame && isSeen(box, view)) : [];
  return () => {
    const now = new Map(boxes(ids).map((box) => [box.id, box]));
    const kept = (id: string): boolean => {
      const box = now.get(id);
      return view !== undefined && box !== undefined && isSeen(box, view);
    };
    if (!view || (seen.length && seen.every(({ id }) => kept(id)))) return;
    const whole = fitting([...now.values()], size(), 1.2);
    if (whole && whole.zoom >= Math.min(view.zoom, READABLE_ZOOM)) {
      fit(ids);
      return;
    }
    const { width, height } = size();
    const middle = { x: (width / 2 - view.x) / view.zoom, y: (height / 2 - view.y) / view.zoom };
    const far = (box: Box): number => Math.hypot(box.x + box.width / 2 - middle.x, box.y + box.height / 2 - middle.y);
    const [anchor] = [...seen].sort((one, other) => far(one) - far(other));
    const at = anchor && now.get(anchor.id);
    if (!anchor || !at) fit(ids);
    else leapTo({ ...view, x: view.x - (at.x - anchor.x) * view.zoom, y: view.y - (at.y - anchor.y) * view.zoom }, MOVE.duration);
  };
}

/** The first view of a blueprint: all of it, or its beginning when all would be too small. */
export function firstView(width: number, height: number): { x: number; y: number; zoom: number } {
  const box = around(contents());
  if (!box) return { x: width / 3, y: height / 3, zoom: 1 };
  const whole = fitting(contents(), { width, height, fingers: forFingers() }, 1);
  if (whole && whole.zoom >= READABLE_ZOOM) return whole;
  const scale = 0.7;
  const start = [...boxes()].sort((one, other) => one.x - other.x || one.y - other.y)[0] ?? box;
  const y = box.height * scale < height ? box.y + box.height / 2 : start.y + height / 3;
  return { x: 60 - start.x * scale, y: height / 2 - y * scale, zoom: scale };
}

/** The middle of what the canvas shows, in the drawing's measures. */
export function centreOfCanvas(): { x: number; y: number } {
  const { left, top, width, height } = size();
  return toFlow({ x: left + width / 2, y: top + height / 2 });
}
