/** A document that is not the draft, as the canvas draws it: ports, shapes, frames and places. */
import * as Y from "yjs";

import { type DraftEdge, type DraftNode, type DraftNote, loadDocument, maps, nodeIds, noteIds, readEdges, readNode, readNote, readRoutes } from "../model/draft";
import { frameBoxes, framesAround, holdersOf, standIns } from "../model/frames";
import { type Box, freePlace, shapeFor } from "../model/geometry";
import { edgeNames, portsOf } from "../model/ports";
import type { Document, EdgeRoute, NodeSpec } from "../model/types";
import type { Place } from "../store/document";
import type { NodeForm } from "../store/shapes";

export interface Drawn {
  forms: ReadonlyMap<string, NodeForm>;
  layout: ReadonlyMap<string, Place>;
  frames: ReadonlyMap<string, Box>;
  notes: readonly DraftNote[];
  edges: readonly DraftEdge[];
  routes: ReadonlyMap<string, EdgeRoute>;
  /** Frames first, the outer ones before what they hold. */
  boxes: readonly (Box & { id: string; frame?: boolean })[];
}

type Types = ReadonlyMap<string, NodeSpec>;

function formsOf(nodes: readonly DraftNode[], edges: readonly DraftEdge[], types: Types, collapsed: ReadonlySet<string>): Map<string, NodeForm> {
  const names = edgeNames(edges);
  const isFrame = ({ kind }: DraftNode): boolean => Boolean(types.get(kind)?.begins?.length);
  const frames = new Set(nodes.filter(isFrame).map((node) => node.id));
  const holders = holdersOf(nodes, (id) => frames.has(id));
  const holderOf = (id: string): string => holders.get(id) ?? "";
  const shut = new Set([...collapsed].filter((id) => frames.has(id)));
  const instead = standIns(new Map(nodes.map(({ id }) => [id, { holder: holderOf(id) }])), shut);
  return new Map(
    nodes.map((node) => {
      const spec = types.get(node.kind);
      const ports = portsOf(node, spec, names.get(node.id));
      const shape = shapeFor(ports, frames.has(node.id), shut.has(node.id));
      const standIn = instead.get(node.id) ?? "";
      return [node.id, { node, spec, ports, shape, holder: holderOf(node.id), collapsed: shut.has(node.id), standIn }];
    }),
  );
}

/** Places for nodes that have none, as in a version that a script has published. */
async function placed(
  forms: ReadonlyMap<string, NodeForm>,
  layout: ReadonlyMap<string, Place>,
  edges: readonly DraftEdge[],
): Promise<ReadonlyMap<string, Place>> {
  if ([...forms.keys()].every((id) => layout.has(id))) return layout;
  const { tidyFrames } = await import("../model/tidy");
  return new Map([...tidyFrames(forms, () => [0, 0], edges, new Set(forms.keys())), ...layout]);
}

function boxesOf(forms: ReadonlyMap<string, NodeForm>, layout: ReadonlyMap<string, Place>, frames: ReadonlyMap<string, Box>): Drawn["boxes"] {
  const depth = (id: string): number => framesAround(forms, id).length;
  const held = [...frames].sort(([one], [other]) => depth(one) - depth(other));
  const cards = [...forms].flatMap(([id, { standIn, shape: { width, height } }]) => {
    if (standIn || frames.has(id)) return [];
    const [x, y] = layout.get(id) ?? [0, 0];
    return [{ id, x, y, width, height }];
  });
  return [...held.map(([id, box]) => ({ id, ...box, frame: true })), ...cards];
}

/** What was removed gives way to what stands there now; what a frame holds stays in it. */
function asideOf(forms: ReadonlyMap<string, NodeForm>, layout: ReadonlyMap<string, Place>, gone: ReadonlySet<string>): ReadonlyMap<string, Place> {
  if (!gone.size) return layout;
  const next = new Map(layout);
  const boxOf = (id: string, { shape: { width, height } }: NodeForm): Box => {
    const [x, y] = next.get(id) ?? [0, 0];
    return { x, y, width, height };
  };
  const taken = [...forms].flatMap(([id, form]) => (gone.has(id) ? [] : [boxOf(id, form)]));
  for (const [id, form] of forms) {
    if (!gone.has(id)) continue;
    const box = boxOf(id, form);
    const place = form.holder || form.shape.frame ? box : freePlace(box, taken);
    next.set(id, [place.x, place.y]);
    taken.push({ ...box, ...place });
  }
  return next;
}

interface Drawing {
  /** Those of the document's nodes that were removed. */
  gone?: ReadonlySet<string>;
  /** Draw collapsed frames as such. Else all frames are open, so that what has changed in them is seen. */
  collapse?: boolean;
}

/** Draw a document. */
export async function draw(document: Document, types: Types, { gone = new Set(), collapse = false }: Drawing = {}): Promise<Drawn> {
  const doc = new Y.Doc();
  loadDocument(doc, document);
  const all = maps(doc);
  const read = <T>(ids: string[], map: Y.Map<Y.Map<unknown>>, one: (id: string, shared: Y.Map<unknown>) => T): T[] =>
    ids.flatMap((id) => {
      const shared = map.get(id);
      return shared ? [one(id, shared)] : [];
    });
  const nodes = read(nodeIds(doc), all.nodes, readNode);
  const notes = read(noteIds(doc), all.notes, readNote);
  const edges = readEdges(doc);
  const forms = formsOf(nodes, edges, types, new Set(collapse ? all.collapsed.keys() : []));
  const layout = asideOf(forms, await placed(forms, new Map(all.layout.entries()), edges), gone);
  const boxes = frameBoxes(forms, (id) => layout.get(id) ?? [0, 0]);
  const frames = new Map([...boxes].filter(([id]) => !forms.get(id)?.standIn));
  const routes = readRoutes(doc);
  return { forms, layout, frames, notes, edges, routes, boxes: boxesOf(forms, layout, frames) };
}
