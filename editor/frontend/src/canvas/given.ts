/**
 * What React Flow need not find out: the drawing says how large its nodes are, where their ports
 * stand and which edges there are.
 *
 * By itself it measures each card that comes into view, looks at everything on the canvas again
 * after that, and with each change of an edge builds six tables of all edges anew.
 */
import type { useStoreApi } from "@xyflow/react";

import type { FlowEdge, FlowNode } from "./flow";

type Store = ReturnType<typeof useStoreApi<FlowNode, FlowEdge>>;
type Connections = ReturnType<Store["getState"]>["connectionLookup"];
type Connection = NonNullable<ReturnType<Connections["get"]>> extends Map<string, infer C> ? C : never;

/** The edges of each node, which only the selecting with a box asks for: made when it does. */
class Ends extends Map<string, Map<string, Connection>> {
  private stale: readonly FlowEdge[] | null = null;

  expire(edges: readonly FlowEdge[]): void {
    this.stale = edges;
  }

  override get(node: string): Map<string, Connection> | undefined {
    if (this.stale) {
      this.clear();
      for (const edge of this.stale) {
        this.put(edge.source, edge);
        this.put(edge.target, edge);
      }
      this.stale = null;
    }
    return super.get(node);
  }

  private put(node: string, { id, source, target, sourceHandle = null, targetHandle = null }: FlowEdge): void {
    const there = super.get(node) ?? new Map<string, Connection>();
    super.set(node, there.set(id, { edgeId: id, source, target, sourceHandle, targetHandle }));
  }
}

/** Have a canvas' store take everything as it is given. */
export function takeAsGiven(store: Store): void {
  const ends = new Ends();
  store.setState({
    connectionLookup: ends,
    setEdges: (edges) => {
      const { edgeLookup } = store.getState();
      const given = edges as FlowEdge[];
      for (const edge of given) if (edgeLookup.get(edge.id) !== edge) edgeLookup.set(edge.id, edge);
      if (edgeLookup.size > given.length) {
        const there = new Set(given.map((edge) => edge.id));
        for (const id of edgeLookup.keys()) if (!there.has(id)) edgeLookup.delete(id);
      }
      ends.expire(given);
      store.setState({ edges: given, connectionLookup: ends });
    },
    updateNodeInternals: () => undefined,
  });
}
