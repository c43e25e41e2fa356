/** Frames: which node holds which, how large a frame is around what it holds, and what may cross its border. */
import type { EdgeEnds } from "./edges";
import { around, type Box, FRAME_BOTTOM, FRAME_SIDE, type FrameShape, HEADER_HEIGHT, INSIDE, type Shape } from "./geometry";

/** A node as far as frames are concerned; `holder` is "" outside of all frames. */
export interface Member {
  holder: string;
}

export type Members = ReadonlyMap<string, Member>;

/** The frames around a node, the innermost first. */
export function framesAround(members: Members, id: string): string[] {
  const found: string[] = [];
  for (let at = members.get(id)?.holder; at; at = members.get(at)?.holder) {
    if (found.includes(at)) break;
    found.push(at);
  }
  return found;
}

/** What these nodes hold, at any depth, without themselves. */
export function heldBy(members: Members, ids: ReadonlySet<string>): Set<string> {
  const held = new Set<string>();
  for (const id of members.keys()) {
    if (!ids.has(id) && framesAround(members, id).some((frame) => ids.has(frame))) held.add(id);
  }
  return held;
}

/** Those of the nodes that are in no other of them. */
export function topmost(members: Members, ids: ReadonlySet<string>): string[] {
  return [...ids].filter((id) => !framesAround(members, id).some((frame) => ids.has(frame)));
}

/** The holder of each node; a frame that is none, or that is inside the node itself, holds nothing. */
export function holdersOf(
  nodes: readonly { id: string; frame: string }[],
  isFrame: (id: string) => boolean,
): Map<string, string> {
  const named = new Map(nodes.map(({ id, frame }) => [id, frame && isFrame(frame) ? frame : ""]));
  const circular = (id: string): boolean => {
    const seen = new Set<string>();
    for (let at = named.get(id); at && !seen.has(at); at = named.get(at)) {
      if (at === id) return true;
      seen.add(at);
    }
    return false;
  };
  return new Map([...named].map(([id, holder]) => [id, holder && circular(id) ? "" : holder]));
}

/** What is not drawn, since a frame around it is collapsed: each with the outermost such frame. */
export function standIns(members: Members, collapsed: ReadonlySet<string>): Map<string, string> {
  const found = new Map<string, string>();
  if (!collapsed.size) return found;
  for (const id of members.keys()) {
    const outermost = framesAround(members, id).findLast((frame) => collapsed.has(frame));
    if (outermost !== undefined) found.set(id, outermost);
  }
  return found;
}

/** What of a node its edges must know to be drawn. */
export interface Standing {
  /** The collapsed frame that is drawn in its place; "" where it is drawn itself. */
  standIn: string;
  shape: Shape;
}

/** Where an edge is drawn: as it is, or at the frames that stand for its ends; undefined when it is not. */
export function drawnEnds(edge: EdgeEnds, standing: (id: string) => Standing | undefined): EdgeEnds | undefined {
  const [from, to] = [standing(edge.source), standing(edge.target)];
  const [source, target] = [from?.standIn || edge.source, to?.standIn || edge.target];
  const moved = source !== edge.source || target !== edge.target;
  if (!from || !to || (moved && source === target)) return undefined;
  const at = (end: Standing, side: "inputs" | "outputs", name: string): string =>
    !end.standIn && end.shape[side].some(({ port }) => port.name === name) ? name : INSIDE;
  const [sourcePort, targetPort] = [at(from, "outputs", edge.sourcePort), at(to, "inputs", edge.targetPort)];
  const same = !moved && sourcePort === edge.sourcePort && targetPort === edge.targetPort;
  return same ? edge : { source, target, sourcePort, targetPort };
}

/** The edge as it looks in one frame: its ends are nodes of that frame, or frames in it. */
export function lifted(members: Members, edge: EdgeEnds, scope: string): EdgeEnds[] {
  const lift = (id: string): string | undefined =>
    [id, ...framesAround(members, id)].find((one) => (members.get(one)?.holder ?? "") === scope);
  const [source, target] = [lift(edge.source), lift(edge.target)];
  return source && target && source !== target ? [{ ...edge, source, target }] : [];
}

export interface Placed extends Member {
  shape: FrameShape;
}

/** The box of every frame: around its members, or where it stands itself when it has none. */
export function frameBoxes(
  members: ReadonlyMap<string, Placed>,
  placeOf: (id: string) => readonly [number, number],
): Map<string, Box> {
  const boxes = new Map<string, Box>();
  const inside = new Map<string, string[]>();
  for (const [id, { holder, shape }] of members) {
    if (shape.frame && !inside.has(id)) inside.set(id, []);
    if (!holder) continue;
    const known = inside.get(holder);
    if (known) known.push(id);
    else inside.set(holder, [id]);
  }
  const boxOf = (id: string): Box => {
    const known = boxes.get(id);
    if (known) return known;
    const { frame, width, height } = members.get(id)?.shape ?? { width: 0, height: 0, frame: undefined };
    const [x, y] = placeOf(id);
    if (!frame) return { x, y, width, height };
    const held = around((inside.get(id) ?? []).map(boxOf));
    const box = held
      ? {
          x: held.x - FRAME_SIDE,
          y: held.y - frame.top,
          width: Math.max(width, held.width + 2 * FRAME_SIDE),
          height: Math.max(height, held.height + frame.top + FRAME_BOTTOM),
        }
      : { x, y, width, height };
    boxes.set(id, box);
    return box;
  };
  for (const [id, { shape }] of members) if (shape.frame) boxOf(id);
  return boxes;
}

/** Where the first node of an empty frame stands, measured from the frame's corner. */
export function slotOf({ frame }: FrameShape): [number, number] {
  return [FRAME_SIDE, frame?.top ?? HEADER_HEIGHT];
}

export interface EdgeEnd {
  node: string;
  /** Whether the port lies inside the frame that has it. */
  inner: boolean;
  title: string;
}

/** Why an edge may not cross the border of a frame, or null when it crosses none, or leads inwards. */
export function borderReason(members: Members, source: EdgeEnd, target: EdgeEnd): string | null {
  const from = source.inner ? source.node : (members.get(source.node)?.holder ?? "");
  const to = target.inner ? target.node : (members.get(target.node)?.holder ?? "");
  if (from === to) return null;
  if (target.inner) return `Only nodes in the frame lead to “${target.title}”`;
  const around = to ? [to, ...framesAround(members, to)] : [];
  if (!source.inner && around.includes(source.node)) {
    return "A frame gives this only when everything inside has ended";
  }
  if (from === "" || around.includes(from)) return null;
  return source.inner
    ? `“${source.title}” is for the nodes in the frame`
    : "Edges leave a frame only through the ports at its inner right side";
}
