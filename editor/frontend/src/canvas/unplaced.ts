/** Places for nodes that have none, as in a document written by hand. */
import { maps } from "../model/draft";
import { beginStep, doc, useDraft } from "../store/document";
import { boxes, forms } from "../store/shapes";

/** Lay out the nodes that have no place: all of them, or below those that have one. */
export async function placeUnplaced(): Promise<void> {
  const { nodes, layout, edges } = useDraft.getState();
  if (!nodes.some((node) => !layout.has(node.id))) return;
  const { tidyFrames } = await import("../model/tidy");
  const places = tidyFrames(forms(), () => [0, 0], edges, new Set(forms().keys()));
  const keep = nodes.some((node) => layout.has(node.id));
  const below = keep ? Math.max(...boxes().map((box) => box.y + box.height)) + 80 : 0;
  doc.transact(() => {
    for (const [id, [x, y]] of places) {
      if (!layout.has(id)) maps(doc).layout.set(id, [x, keep ? y + below : y]);
    }
  }, "server");
  beginStep();
}
