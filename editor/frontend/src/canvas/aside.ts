/** What moves aside on the canvas when a node is put into an edge. */
import { moveNodes, setNote } from "../model/draft";
import { notesBehind } from "../model/behind";
import type { EdgeEnds } from "../model/edges";
import { frameBoxes, heldBy, lifted, type Placed as Standing } from "../model/frames";
import { type Box, type FrameShape, GRID, overlaps } from "../model/geometry";
import { type Placed, pushed, roomFor } from "../model/gap";
import { spread } from "../model/spread";
import { reached } from "../model/walk";
import { doc, useDraft } from "../store/document";
import { boxes, drawing, forms, framesNow, placeOf } from "../store/shapes";

type Place = readonly [x: number, y: number];

/** The node that is put in: where it was dropped, and the port at which the edge enters it. */
export interface Incoming {
  id: string;
  at: { x: number; y: number };
  shape: FrameShape;
  frame: string;
  entry: string;
}

/** How far its port may be from a straight edge so that it is taken to be meant for it. */
const CLOSE = 40;

/** The height at which a node sits on an edge that is straight; where it was dropped if that is elsewhere. */
function level({ at, shape, entry }: Incoming, ends: EdgeEnds): number {
  const portY = (node: string, side: "inputs" | "outputs", name: string): number | undefined => {
    const place = forms().get(node)?.shape[side].find(({ port }) => port.name === name);
    return place && placeOf(node)[1] + place.y;
  };
  const [from, to] = [portY(ends.source, "outputs", ends.sourcePort), portY(ends.target, "inputs", ends.targetPort)];
  const own = shape.inputs.find(({ port }) => port.name === entry)?.y ?? 0;
  const straight = from !== undefined && to !== undefined && Math.abs(from - to) < GRID / 2;
  return straight && Math.abs(from - own - at.y) <= CLOSE ? from - own : at.y;
}

function siblings(frame: string, but: string): Placed[] {
  const members = drawing.members();
  return boxes().filter(({ id }) => id !== but && (members.get(id)?.holder ?? "") === frame);
}

/** The places of all that moves for a node that is put into an edge, its own among them. */
export function roomIn(ends: EdgeEnds, incoming: Incoming): Map<string, Place> {
  const { id, shape, frame } = incoming;
  const places = new Map<string, Place>();
  const box = { x: incoming.at.x, y: level(incoming, ends), width: shape.width, height: shape.height };
  const [between] = lifted(forms(), ends, frame);
  const { at, moved, by } = roomFor(box, [between?.source ?? ends.source, between?.target ?? ends.target], siblings(frame, id), inside(frame));
  shift(places, moved, [by, 0]);
  places.set(id, [at.x, at.y]);
  const all = new Map<string, Standing>([...forms(), [id, { holder: frame, shape }]]);
  besideFrames(places, frame, all, (scope) => boxes(new Set([scope]))[0]);
  return places;
}

/** The edges as they are within a frame. */
export function inside(scope: string): EdgeEnds[] {
  return useDraft.getState().edges.flatMap((edge) => lifted(forms(), edge, scope));
}

/** Move nodes, and what they hold, from where they stand or were to be put. */
function shift(places: Map<string, Place>, ids: ReadonlySet<string>, [dx, dy]: Place): void {
  for (const one of [...ids, ...heldBy(drawing.members(), ids)]) {
    const [x, y] = places.get(one) ?? placeOf(one);
    places.set(one, [x + dx, y + dy]);
  }
}

/** The frames around what was put into one grow, and what follows them moves as far. */
function besideFrames(places: Map<string, Place>, frame: string, all: ReadonlyMap<string, Standing>, stood: (scope: string) => Box | undefined): void {
  const rightOf = (of: Box | undefined): number => (of ? of.x + of.width : 0);
  for (let scope = frame; scope; ) {
    const before = stood(scope);
    const after = frameBoxes(all, (one) => places.get(one) ?? placeOf(one)).get(scope);
    const grown = rightOf(after) - rightOf(before);
    const outer = all.get(scope)?.holder ?? "";
    if (before && after && grown > 0) {
      const beside = siblings(outer, scope).filter((other) => other.x >= rightOf(before));
      const leads = reached(inside(outer), [scope], "down");
      const first = beside.filter((other) => leads.has(other.id) || overlaps(after, other, GRID / 2));
      shift(places, pushed(siblings(outer, scope), inside(outer), first.map((other) => other.id), grown), [grown, 0]);
    }
    scope = outer;
  }
}

/** Where a node stands, and the frames around it. */
export interface Stood {
  box: Box;
  frame: string;
  frames: ReadonlyMap<string, Box>;
}

export function stands(id: string): Stood | undefined {
  const [box] = boxes(new Set([id]));
  return box && { box, frame: drawing.members().get(id)?.holder ?? "", frames: framesNow() };
}

/** The places of all that moves for nodes that have come in place of one that stood there. */
export function roomInPlaceOf({ box, frame, frames }: Stood, ids: readonly string[]): Map<string, Place> {
  const members = drawing.members();
  const came = new Set(ids.filter((id) => (members.get(id)?.holder ?? "") === frame));
  const [own, others] = [true, false].map((mine) => siblings(frame, "").filter(({ id }) => came.has(id) === mine));
  const places = new Map<string, Place>();
  for (const [id, by] of spread(own ?? [], box, others ?? [], inside(frame))) shift(places, new Set([id]), by);
  besideFrames(places, frame, forms(), (scope) => frames.get(scope));
  return places;
}

/** Move nodes to their new places, and with them the notes that are about them; `but` tells of nodes whose notes are not. */
export function moveWithNotes(places: ReadonlyMap<string, Place>, but: ReadonlySet<string> = new Set()): void {
  const cards = boxes().filter(({ id, frame }) => !frame && !but.has(id));
  const after = new Map(
    cards.flatMap((box) => {
      const [x, y] = places.get(box.id) ?? [];
      return x === undefined || y === undefined ? [] : [[box.id, { ...box, x, y }] as const];
    }),
  );
  const notes = notesBehind(useDraft.getState().notes, cards, after);
  moveNodes(doc, [...places].map(([id, [x, y]]) => [id, x, y]));
  for (const { id, ...box } of notes) setNote(doc, id, box);
}
