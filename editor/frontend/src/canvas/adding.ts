/** Where a new node is asked for by what is selected: after a node, or in an edge. */
import { HEADER_HEIGHT } from "../model/geometry";
import { useDraft } from "../store/document";
import { boxes, forms } from "../store/shapes";
import { openQuickAdd } from "../store/ui";
import { middleOf, theEdge } from "./routes";
import { theNode } from "./swap";
import { toScreen } from "./view";

/** Between a node and the one that is added after it. */
const GAP = 80;

/** The output from which the one selected node goes on: the first that leads nowhere yet, or the first. */
function exit() {
  const id = theNode();
  const outputs = (forms().get(id ?? "")?.ports.outputs ?? []).filter((port) => !port.inner);
  const taken = new Set(useDraft.getState().edges.filter((edge) => edge.source === id).map((edge) => edge.sourcePort));
  return outputs.find((port) => !taken.has(port.name)) ?? outputs[0];
}

export function canAddAfter(): boolean {
  return exit() !== undefined;
}

/** Open the list of the nodes that can follow the selected one. */
export function addAfter(): void {
  const [id, port] = [theNode(), exit()];
  const [box] = id === undefined ? [] : boxes(new Set([id]));
  if (id === undefined || !port || !box) return;
  const at = toScreen({ x: box.x + box.width + GAP, y: box.y + HEADER_HEIGHT / 2 });
  openQuickAdd({ ...at, from: { node: id, side: "output", port } });
}

/** Open the list of the nodes that fit into the selected edge. */
export function insertIntoEdge(): void {
  const onEdge = theEdge();
  const at = onEdge === undefined ? undefined : middleOf(onEdge);
  if (onEdge !== undefined && at) openQuickAdd({ ...toScreen(at), onEdge });
}
