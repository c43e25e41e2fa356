/** Which nodes a run tells an old story of: they, or what they get their values from, have changed since. */
import { stable } from "./difference";
import type { DraftEdge, DraftNode } from "./draft";
import { parseEdge } from "./edges";
import type { Document, DocumentNode, Json } from "./types";
import { reached } from "./walk";
import { entryOf } from "./own";

/** What a node does, whatever it is called; a pin only says where its values come from. */
function work({ kind, parameters = {}, promoted = [], settings = {}, frame = "" }: DocumentNode): string {
  return stable({ kind, parameters, promoted, settings, frame } as unknown as Json);
}

function entries(edges: Iterable<{ id: string; target: string }>): Map<string, string> {
  const into = new Map<string, string[]>();
  for (const { id, target } of edges) into.set(target, [...(into.get(target) ?? []), id]);
  return new Map([...into].map(([target, ids]) => [target, ids.sort().join()]));
}

/** The stale nodes of a drawing, given the document that was run; a node that was not in it is none. */
export function staleNodes(run: Document, nodes: readonly DraftNode[], edges: readonly DraftEdge[]): ReadonlySet<string> {
  const ran = run.nodes ?? {};
  const before = entries(
    (run.edges ?? []).flatMap((id) => {
      const ends = parseEdge(id);
      return ends ? [{ id, target: ends.target }] : [];
    }),
  );
  const now = entries(edges);
  const changed = nodes.flatMap((node) => {
    const was = entryOf(ran, node.id);
    if (!was) return [];
    return work(was) !== work(node) || (before.get(node.id) ?? "") !== (now.get(node.id) ?? "") ? [node.id] : [];
  });
  const holds = nodes.flatMap(({ id, frame }) => (frame ? [{ source: id, target: frame }] : []));
  const ways = [...edges, ...holds].map(({ source, target }) => ({ source, target, sourcePort: "", targetPort: "" }));
  return new Set([...reached(ways, changed, "down")].filter((id) => entryOf(ran, id)));
}
