/** A converter between two ports whose types do not fit: node and both edges in one step. */
import { type Converter, offersFor } from "../model/converters";
import { insert } from "../model/draft";
import type { EdgeEnds } from "../model/edges";
import { freePlace, HEADER_HEIGHT, NODE_WIDTH, shapeOf, snap } from "../model/geometry";
import { portsOf } from "../model/ports";
import { asStep, doc, newId, useDraft } from "../store/document";
import { select } from "../store/selection";
import { boxes, drawing } from "../store/shapes";
import { say } from "../store/ui";

export function offers(ends: EdgeEnds): Converter[] {
  return offersFor(drawing, useDraft.getState().types.values(), ends);
}

/** Put a converter between two ports; an edge that it replaces goes with the same step. */
export function insertConverter({ spec, title, parameters }: Converter, ends: EdgeEnds, replaced?: string): void {
  const entry = spec.inputs[0]?.name;
  const exit = spec.outputs[0]?.name;
  if (entry === undefined || exit === undefined) return;
  const id = newId(spec.kind);
  const inner = drawing.ports(ends.target)?.inputs.find((port) => port.name === ends.targetPort)?.inner;
  const members = drawing.members();
  const frame = inner ? ends.target : (members.get(ends.target)?.holder ?? "");
  const empty = { id, kind: spec.kind, title: "", parameters, promoted: [], settings: {}, frame, pin: null };
  const { width, height } = shapeOf(portsOf(empty, spec));
  const all = boxes();
  const [source, target] = [ends.source, ends.target].map((end) => all.find((box) => box.id === end));
  const from = source ? source.x + (members.get(ends.target)?.holder === ends.source ? 0 : source.width) : 0;
  const to = target ? (inner ? target.x + target.width : target.x) : from;
  const y = ((source?.y ?? 0) + (target?.y ?? 0)) / 2;
  const wanted = { x: snap((from + to) / 2 - NODE_WIDTH / 2), y: snap(y + HEADER_HEIGHT / 4), width, height };
  const place = freePlace(wanted, all.filter((box) => members.get(box.id)?.holder === frame));
  asStep(() =>
    insert(doc, {
      nodes: { [id]: { kind: spec.kind, ...(Object.keys(parameters).length ? { parameters } : {}), ...(frame ? { frame } : {}) } },
      layout: { [id]: [place.x, place.y] },
      edges: [
        { source: ends.source, sourcePort: ends.sourcePort, target: id, targetPort: entry },
        { source: id, sourcePort: exit, target: ends.target, targetPort: ends.targetPort, ...(replaced ? { instead: replaced } : {}) },
      ],
      ...(replaced ? { removeEdges: [replaced] } : {}),
    }),
  );
  select([id]);
  say(`Inserted “${title}”`);
}
