/** What people do with frames: put nodes into them and take them out, wrap, unwrap. */
import { notesAside } from "../model/behind";
import { endOf } from "../model/checks";
import { type DraftEdge, type Insertion, insert, maps, moveNodes, remove, setFrame, setNote } from "../model/draft";
import { type EdgeEnds, edgeText } from "../model/edges";
import { borderReason, framesAround, heldBy, slotOf, topmost } from "../model/frames";
import { around, FRAME_SIDE, frameShapeOf, snap } from "../model/geometry";
import { portsOf } from "../model/ports";
import type { NodeSpec } from "../model/types";
import { asStep, doc, useDraft } from "../store/document";
import { select, useSelection } from "../store/selection";
import { boxes, drawing, forms, frameAt, framesNow, placeOf } from "../store/shapes";
import { aimAtFrame, type QuickAdd, say } from "../store/ui";
import { moveWithNotes, roomInPlaceOf } from "./aside";
import { keepOnTheWay } from "./routes";

type Move = readonly [id: string, x: number, y: number];

const all = maps(doc);

export function isTrigger(id: string): boolean {
  return forms().get(id)?.spec?.trigger === true;
}

/** What a node is called on its card. */
export function titleOf(id: string): string {
  const form = forms().get(id);
  return form?.node.title || form?.spec?.title || id;
}

/** Mark the frame under the pointer while nodes are dragged; triggers stay outside of all. */
export function aimFrame(ids: readonly string[], at: { x: number; y: number }): void {
  if (!framesNow().size) return;
  const moved = new Set(ids);
  const tops = topmost(drawing.members(), new Set(ids.filter((id) => forms().has(id))));
  if (!tops.length) return;
  aimAtFrame(tops.some(isTrigger) ? "" : frameAt(at.x, at.y, moved));
}

/** The same for a node that is not there yet. */
export function aimFrameForNew(spec: NodeSpec | undefined, at: { x: number; y: number }): void {
  if (framesNow().size) aimAtFrame(spec && !spec.trigger ? frameAt(at.x, at.y) : "");
}

/** The frame for a new node: the one at its place, unless the edge that it comes from could not lead there. */
export function frameForNew(spec: NodeSpec, at: { x: number; y: number }, from: QuickAdd["from"]): string {
  if (spec.trigger) return "";
  const here = frameAt(at.x, at.y);
  if (!from) return here;
  const members = drawing.members();
  const scope = from.port.inner ? from.node : (members.get(from.node)?.holder ?? "");
  const [outer, inner] = from.side === "output" ? [scope, here] : [here, scope];
  const reached = outer === "" || [inner, ...framesAround(members, inner)].includes(outer);
  const own = from.side === "output" && !from.port.inner && framesNow().has(from.node);
  const within = own && [here, ...framesAround(members, here)].includes(from.node);
  return reached && !within && !(from.side === "input" && from.port.inner) ? here : scope;
}

/** A frame that loses all its nodes stays where it was. */
export function anchor(leaving: ReadonlySet<string>): void {
  for (const [frame, box] of framesNow()) {
    const inside = [...forms().values()].filter((form) => form.holder === frame);
    if (inside.length && inside.every((form) => leaving.has(form.node.id))) moveNodes(doc, [[frame, box.x, box.y]]);
  }
}

function crossing(): Set<string> {
  const crossed = useDraft.getState().edges.filter((edge) => {
    const output = drawing.ports(edge.source)?.outputs.find((port) => port.name === edge.sourcePort);
    const input = drawing.ports(edge.target)?.inputs.find((port) => port.name === edge.targetPort);
    return (
      output && input && borderReason(drawing.members(), endOf(edge.source, output), endOf(edge.target, input)) !== null
    );
  });
  return new Set(crossed.map((edge) => edge.id));
}

/** Say how many edges cross a border now that did not before: they are kept, and drawn as wrong. */
function tellCrossing(before: ReadonlySet<string>): void {
  const fresh = [...crossing()].filter((id) => !before.has(id)).length;
  if (!fresh) return;
  const edges = fresh === 1 ? "1 edge crosses" : `${fresh} edges cross`;
  say(`${edges} the frame's border now. End it at a port of the frame, or move the other node too.`, "danger");
}

/** How far these must move to stand where the first node of an empty frame does. */
function toSlot(frame: string, moves: readonly Move[], tops: readonly string[]): [number, number] {
  const [box, shape] = [framesNow().get(frame), forms().get(frame)?.shape];
  const filled = [...forms().values()].some((form) => form.holder === frame);
  const places = moves.filter(([id]) => tops.includes(id));
  if (filled || !box || !shape || !places.length) return [0, 0];
  const [dx, dy] = slotOf(shape);
  return [box.x + dx - Math.min(...places.map(([, x]) => x)), box.y + dy - Math.min(...places.map(([, , y]) => y))];
}

/** Put what was dragged at its places, in the frame that it was dropped into; "" takes it out of all. */
export function reframe(moves: readonly Move[], frame: string): void {
  const members = drawing.members();
  const moved = new Set(moves.map(([id]) => id).filter((id) => members.has(id)));
  const tops = topmost(members, moved);
  const changed = tops.filter((id) => (members.get(id)?.holder ?? "") !== frame);
  const [dx, dy] = changed.length ? toSlot(frame, moves, tops) : [0, 0];
  const before = crossing();
  if (changed.length) anchor(new Set(changed));
  moveNodes(doc, moves.map(([id, x, y]) => [id, x + dx, y + dy]));
  setFrame(doc, changed, frame);
  if (!changed.length) return;
  if (tops.some(isTrigger) && frame === "") return;
  queueMicrotask(() => tellCrossing(before));
}

/** The edges of a frame that goes around nodes: one way in and one way out lead through its ports. */
function throughPorts(id: string, spec: NodeSpec, inside: ReadonlySet<string>): Pick<Required<Insertion>, "removeEdges" | "edges" | "routes"> {
  const { edges, routes: drawn } = useDraft.getState();
  const entering = edges.filter((edge) => inside.has(edge.target) && !inside.has(edge.source));
  const leaving = edges.filter((edge) => inside.has(edge.source) && !inside.has(edge.target));
  const single = (ends: typeof edges): (typeof edges)[number] | undefined =>
    new Set(ends.map((edge) => `${edge.source}.${edge.sourcePort}`)).size === 1 ? ends[0] : undefined;
  const input = spec.inputs.find((port) => !spec.ends.includes(port.name))?.name;
  const output = spec.outputs.find((port) => !spec.begins.includes(port.name))?.name;
  const [begin, end] = [spec.begins[0], spec.ends[0]];
  const gone: string[] = [];
  const made: Required<Insertion>["edges"] = [];
  // What is outside stays drawn as it was.
  const routes: Required<Insertion>["routes"] = {};
  const keep = (edge: DraftEdge, ends: EdgeEnds): void => {
    const route = drawn.get(edge.id);
    if (route) routes[edgeText(ends)] ??= route;
  };
  const into = single(entering);
  if (into && input && begin) {
    gone.push(...entering.map((edge) => edge.id));
    const outer = { ...into, target: id, targetPort: input };
    made.push({ ...outer, instead: into.id });
    made.push(...entering.map((edge) => ({ ...edge, source: id, sourcePort: begin, instead: edge.id })));
    for (const edge of entering) keep(edge, outer);
  }
  const out = single(leaving);
  if (out && output && end) {
    gone.push(...leaving.map((edge) => edge.id));
    made.push({ ...out, target: id, targetPort: end, instead: out.id });
    for (const edge of leaving) {
      const outer = { ...edge, source: id, sourcePort: output };
      made.push({ ...outer, instead: edge.id });
      keep(edge, outer);
    }
  }
  return { removeEdges: gone, edges: made, routes };
}

function selectedTops(): string[] {
  const members = drawing.members();
  return topmost(members, new Set([...useSelection.getState().nodes].filter((id) => members.has(id))));
}

/** The selected nodes that one frame can go around: those of the same frame; triggers are left out. */
export function wrappable(): string[] {
  const members = drawing.members();
  const tops = selectedTops().filter((id) => !isTrigger(id));
  return new Set(tops.map((id) => members.get(id)?.holder)).size === 1 ? tops : [];
}

/** Why no frame can go around what is selected, and what to do. */
export function whyNotWrap(): string {
  const tops = selectedTops();
  if (!tops.length) return "Select the nodes that the frame shall hold first";
  if (tops.every(isTrigger)) return "A trigger stays outside of all frames: it starts the run. Select what comes after it.";
  return "A frame goes around nodes that are side by side, and these are in different frames. Select those of one.";
}

/** Say which of the selected nodes stay outside. */
function tellTriggers(): void {
  const left = selectedTops().filter(isTrigger);
  if (!left.length) return;
  const names = left.map((id) => `“${titleOf(id)}”`).join(", ");
  say(left.length === 1 ? `${names} stays outside: a trigger starts the run` : `${names} stay outside: triggers start the run`);
}

/** What would hide the title of a frame that has come, or lead an edge back from it, gives way. */
function clearTheWay(id: string, edges: readonly string[]): void {
  const [box, header] = [framesNow().get(id), forms().get(id)?.shape.frame?.header];
  if (!box || !header) return;
  const members = drawing.members();
  const held = heldBy(members, new Set([id]));
  const others = boxes().filter((each) => each.id !== id && !framesAround(members, id).includes(each.id));
  const notes = notesAside(useDraft.getState().notes, { ...box, header }, boxes(held), others);
  for (const { id: note, ...place } of notes) setNote(doc, note, place);
  keepOnTheWay(edges, box);
}

/** Put a new frame around the selected nodes; what is in its way moves aside. */
export function wrap(kind: string, id: string): void {
  const spec = useDraft.getState().types.get(kind);
  const tops = wrappable();
  const box = around(boxes(new Set(tops)));
  if (!spec || !box) return;
  const members = drawing.members();
  const shape = frameShapeOf(
    portsOf({ id, kind, title: "", parameters: {}, promoted: [], settings: {}, frame: "", pin: null }, spec),
  );
  const holder = members.get(tops[0] ?? "")?.holder ?? "";
  const inside = new Set([...tops, ...heldBy(members, new Set(tops))]);
  const through = throughPorts(id, spec, inside);
  const before = crossing();
  const stood = { box, frame: holder, frames: framesNow() };
  tellTriggers();
  asStep(
    () => {
      insert(doc, {
        nodes: { [id]: { kind, ...(holder ? { frame: holder } : {}) } },
        layout: { [id]: [snap(box.x - FRAME_SIDE), snap(box.y - (shape.frame?.top ?? 0))] },
        ...through,
      });
      setFrame(doc, tops, id);
    },
    () => moveWithNotes(roomInPlaceOf(stood, [id])),
    () => clearTheWay(id, Object.keys(through.routes)),
  );
  select([id]);
  tellCrossing(before);
}

/** The one frame among what is selected, and what beside it may go into it; null where there is none. */
export function intoFrame(): { frame: string; ids: string[] } | null {
  const tops = selectedTops();
  const [frame, ...more] = tops.filter((id) => framesNow().has(id));
  const ids = tops.filter((id) => id !== frame && !isTrigger(id));
  return frame !== undefined && !more.length && ids.length ? { frame, ids } : null;
}

/** Put what is selected into the frame that is selected with it: the way without a mouse. */
export function putInto(): void {
  const found = intoFrame();
  if (!found) return;
  const places = boxes(new Set(found.ids)).map(({ id, x, y }): Move => [id, x, y]);
  asStep(() => reframe(withTheirs(places, [0, 0]), found.frame));
}

/** The selected nodes of one frame: of one that is selected too, as after putting them in, or of any. */
export function framed(): string[] {
  const { nodes } = useSelection.getState();
  const held = [...nodes].filter((id) => forms().get(id)?.holder);
  const holderOf = (id: string): string => forms().get(id)?.holder ?? "";
  const first = held.find((id) => nodes.has(holderOf(id))) ?? held[0];
  return first === undefined ? [] : held.filter((id) => holderOf(id) === holderOf(first));
}

/** Take what is selected out of its frame, to below it. */
export function takeOut(): void {
  const ids = framed();
  const holder = forms().get(forms().get(ids[0] ?? "")?.holder ?? "");
  const box = holder && framesNow().get(holder.node.id);
  if (!holder || !box) return;
  const places = boxes(new Set(ids)).map(({ id, x, y }): Move => [id, x, y]);
  const down = snap(box.y + box.height + 40 - Math.min(...places.map(([, , y]) => y)));
  asStep(() => reframe(withTheirs(places, [0, down]), holder.holder));
}

/** The moves with those of what the moved frames hold. */
function withTheirs(places: readonly Move[], [dx, dy]: readonly [number, number]): Move[] {
  const held = heldBy(drawing.members(), new Set(places.map(([id]) => id)));
  const all = [...places, ...[...held].map((id): Move => [id, ...placeOf(id)])];
  return all.map(([id, x, y]) => [id, x + dx, y + dy]);
}

/** The selected frames, of which each can be taken away from around what it holds. */
export function selectedFrames(): string[] {
  return [...useSelection.getState().nodes].filter((id) => framesNow().has(id) || forms().get(id)?.collapsed);
}

/** Take the selected frames away and leave what they hold; ways through their ports are joined. */
export function unwrap(): void {
  const frames = selectedFrames();
  const freed: string[] = [];
  asStep(() => {
    for (const id of frames) {
      const holder = forms().get(id)?.holder ?? "";
      const held = [...forms().values()].filter((form) => form.holder === id).map((form) => form.node.id);
      insert(doc, { nodes: {}, layout: {}, ...joinedThrough(id) });
      remove(doc, { nodes: [id] });
      setFrame(doc, held, all.nodes.has(holder) ? holder : "");
      freed.push(...held);
    }
  });
  select(freed.filter((id) => all.nodes.has(id)));
}

/**
 * What leads to a frame and from its inner ports, joined; and what ends in it and leads on from it. Each is drawn as
 * that of both which is not just a curve.
 */
function joinedThrough(frame: string): Pick<Required<Insertion>, "edges" | "routes"> {
  const { edges, routes: drawn } = useDraft.getState();
  const spec = forms().get(frame)?.spec;
  const to = edges.filter((edge) => edge.target === frame && edge.source !== frame);
  const from = edges.filter((edge) => edge.source === frame && edge.target !== frame);
  const joined: Required<Insertion>["edges"] = [];
  const routes: Required<Insertion>["routes"] = {};
  for (const one of to) {
    for (const other of from) {
      if (spec?.ends.includes(one.targetPort) === spec?.begins.includes(other.sourcePort)) continue;
      const ends = { ...one, target: other.target, targetPort: other.targetPort, instead: other.id };
      const route = drawn.get(one.id) ?? drawn.get(other.id);
      joined.push(ends);
      if (route) routes[edgeText(ends)] = route;
    }
  }
  return { edges: joined, routes };
}
