/** How edges are drawn: points put on them, moved and taken away, and links by a name. */
import { setRoute } from "../model/draft";
import { parseEdge } from "../model/edges";
import { drawnEnds } from "../model/frames";
import type { Box } from "../model/geometry";
import { LONGEST_NAME, placeFor, pointsOnTheWay, routePoints } from "../model/routes";
import { courseOf, curvesOf, endsAt, type Point } from "../model/slice";
import type { EdgeRoute } from "../model/types";
import { asStep, doc, useDraft } from "../store/document";
import { useSelection } from "../store/selection";
import { boxes, forms } from "../store/shapes";
import { reveal } from "./view";

/** How far from an edge its new point may be asked for, in the drawing's measures. */
const CLOSE = 30;

function routeOf(edge: string): EdgeRoute {
  return useDraft.getState().routes.get(edge) ?? {};
}

function writePoints(edge: string, points: readonly Point[]): void {
  setRoute(doc, edge, { ...routeOf(edge), points: points.map(({ x, y }) => [x, y]) });
}

function setPoints(edge: string, points: readonly Point[]): void {
  asStep(() => writePoints(edge, points));
}

/** Where an edge begins and ends on the canvas. */
function drawn(edge: string): [Point, Point] | undefined {
  const ends = parseEdge(edge);
  const shown = ends && drawnEnds(ends, (id) => forms().get(id));
  return shown && endsAt(shown, (node) => {
    const [box] = boxes(new Set([node]));
    const shape = forms().get(node)?.shape;
    return box && shape && { box, shape };
  });
}

/** Take away the points by which edges would lead back from a frame that has come to one of their ends. */
export function keepOnTheWay(edges: readonly string[], frame: Box): void {
  for (const edge of edges) {
    const [points, ends] = [routePoints(routeOf(edge)), drawn(edge)];
    if (!points.length || !ends) continue;
    const kept = pointsOnTheWay(points, ...ends, frame);
    if (kept.length < points.length) writePoints(edge, kept);
  }
}

/** The middle of an edge as it is drawn. */
export function middleOf(edge: string): Point | undefined {
  const ends = drawn(edge);
  const course = ends && courseOf(curvesOf(ends[0], routePoints(routeOf(edge)), ends[1]));
  return course?.[Math.floor(course.length / 2)];
}

/** Put a point on an edge: at a place of the drawing that is close to it, else at its middle. */
export function addPoint(edge: string, at?: Point): void {
  const ends = drawn(edge);
  if (!ends) return;
  const points = routePoints(routeOf(edge));
  const [from, to] = ends;
  const course = courseOf(curvesOf(from, points, to));
  const close = at && course.some(({ x, y }) => Math.hypot(x - at.x, y - at.y) < CLOSE);
  const place = (close ? at : course[Math.floor(course.length / 2)]) ?? from;
  const rounded = { x: Math.round(place.x / 10) * 10, y: Math.round(place.y / 10) * 10 };
  setPoints(edge, points.toSpliced(placeFor(place, from, points, to), 0, rounded));
}

export function movePoint(edge: string, index: number, at: Point): void {
  setPoints(edge, routePoints(routeOf(edge)).with(index, at));
}

export function removePoint(edge: string, index: number): void {
  setPoints(edge, routePoints(routeOf(edge)).toSpliced(index, 1));
}

function selectedEdges(): string[] {
  return [...useSelection.getState().edges];
}

/** The one selected edge, where nothing else is selected. */
export function theEdge(): string | undefined {
  const { nodes, edges } = useSelection.getState();
  const [edge] = edges;
  return !nodes.size && edges.size === 1 && edge !== undefined && parseEdge(edge) ? edge : undefined;
}

/** The one selected edge, on which a point may be put; a link shows none. */
export function reroutable(): string | undefined {
  const edge = theEdge();
  return edge !== undefined && !routeOf(edge).name ? edge : undefined;
}

/** Put a point on the selected edge. */
export function reroute(at: Point): void {
  const edge = reroutable();
  if (edge !== undefined) addPoint(edge, at);
}

export function hasPoints(): boolean {
  return selectedEdges().some((edge) => routeOf(edge).points?.length);
}

/** Take all points from the selected edges. */
export function straightWay(): void {
  asStep(() => selectedEdges().forEach((edge) => setRoute(doc, edge, { ...routeOf(edge), points: [] })));
}

/** Name a link; without a name the edge is a curve again. */
export function nameLink(edge: string, name: string): void {
  setRoute(doc, edge, { ...routeOf(edge), name: name.slice(0, LONGEST_NAME) });
}

/** Draw the selected edges as links, each named after what it comes from; or as curves, when all are links. */
export function toggleLinks(): void {
  const edges = selectedEdges();
  const link = edges.some((edge) => !routeOf(edge).name);
  asStep(() => {
    for (const edge of edges) nameLink(edge, link ? routeOf(edge).name || usualName(edge) : "");
  });
}

function usualName(edge: string): string {
  const ends = parseEdge(edge);
  const form = ends && forms().get(ends.source);
  if (!ends || !form) return edge;
  const title = form.node.title || form.spec?.title || ends.source;
  const outputs = form.ports.outputs.length;
  return outputs > 1 ? `${title} ${ends.sourcePort}` : title;
}

/** Show the other end of a link. */
export function goAlong(edge: string, from: string | null | undefined): void {
  const ends = parseEdge(edge);
  if (ends) reveal(from === "target" ? ends.source : ends.target);
}
