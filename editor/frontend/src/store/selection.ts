/** Which nodes and edges are selected; the canvas writes it, inspector and actions read it. */
import { create } from "zustand";

import { useDraft } from "./document";

const NOTHING: ReadonlySet<string> = new Set();

export interface Selection {
  nodes: ReadonlySet<string>;
  edges: ReadonlySet<string>;
}

export const useSelection = create<Selection>(() => ({ nodes: NOTHING, edges: NOTHING }));

function same(left: ReadonlySet<string>, right: ReadonlySet<string>): boolean {
  return left.size === right.size && [...left].every((item) => right.has(item));
}

/** Select exactly these; a selection that stays equal keeps its identity. */
export function select(nodes: Iterable<string>, edges: Iterable<string> = []): void {
  const now = useSelection.getState();
  const wanted = { nodes: new Set(nodes), edges: new Set(edges) };
  const next = {
    nodes: same(now.nodes, wanted.nodes) ? now.nodes : wanted.nodes,
    edges: same(now.edges, wanted.edges) ? now.edges : wanted.edges,
  };
  if (next.nodes !== now.nodes || next.edges !== now.edges) useSelection.setState(next);
}

export function clearSelection(): void {
  select([]);
}

/** The one selected node, or undefined when none or several are selected. */
export function useSelectedNode(): string | undefined {
  return useSelection((state) =>
    state.nodes.size === 1 && state.edges.size === 0 ? [...state.nodes][0] : undefined,
  );
}

/** What is gone, for an undo or for what others do, is selected no more. */
useDraft.subscribe(({ nodesById, notes, edges }, before) => {
  if (nodesById === before.nodesById && notes === before.notes && edges === before.edges) return;
  const now = useSelection.getState();
  if (!now.nodes.size && !now.edges.size) return;
  const noteIds = new Set(notes.map(({ id }) => id));
  const edgeIds = now.edges.size ? new Set(edges.map(({ id }) => id)) : NOTHING;
  select(
    [...now.nodes].filter((id) => nodesById.has(id) || noteIds.has(id)),
    [...now.edges].filter((id) => edgeIds.has(id)),
  );
});
