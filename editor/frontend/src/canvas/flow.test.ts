import { expect, it } from "vitest";

import type { DraftNote } from "../model/draft";
import { shapeFor } from "../model/geometry";
import type { NodeForm } from "../store/shapes";
import { type Drawn, type FlowNode, flowNodes, looksAlike } from "./flow";

const ports = { inputs: [], outputs: [] };

function form(id: string, frame = false): NodeForm {
  const node = { id, kind: "data.set", title: "", parameters: {}, promoted: [], settings: {}, frame: "", pin: null };
  return { node, spec: undefined, ports, shape: shapeFor(ports, frame), holder: "", collapsed: false, standIn: "" };
}

const note: DraftNote = { id: "note", text: "", x: 0, y: 0, width: 100, height: 100, color: "yellow" };
const drawn: Drawn = {
  forms: new Map([["card", form("card")], ["frame", form("frame", true)]]),
  layout: new Map([["card", [0, 0]]]),
  frames: new Map([["frame", { x: 0, y: 0, width: 500, height: 300 }]]),
  notes: [note],
  moving: new Map(),
  selected: new Set(),
};
const byId = (nodes: readonly FlowNode[]): Map<string, FlowNode> => new Map(nodes.map((node) => [node.id, node]));
const pair = (one: FlowNode | undefined, other: FlowNode | undefined): boolean =>
  looksAlike({ id: one?.id ?? "", data: one?.data ?? {}, selected: one?.selected ?? false }, { id: other?.id ?? "", data: other?.data ?? {}, selected: other?.selected ?? false });

it.each(["card", "frame", "note"])("a %s that is only moved is not drawn anew, and one that changes is", (id) => {
  const before = byId(flowNodes(drawn, new Map()));
  const after = byId(flowNodes({ ...drawn, moving: new Map([[id, { x: 40, y: 20 }]]) }, before));
  expect(after.get(id)?.position).toEqual({ x: 40, y: 20 });
  expect(pair(before.get(id), after.get(id))).toBe(true);
  expect(pair(before.get(id), byId(flowNodes({ ...drawn, selected: new Set([id]) }, after)).get(id))).toBe(false);
  const others = { forms: new Map([["card", form("card")], ["frame", form("frame", true)]]), notes: [{ ...note, text: "other" }] };
  expect(pair(before.get(id), byId(flowNodes({ ...drawn, ...others }, before)).get(id))).toBe(false);
});
