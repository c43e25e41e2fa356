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

/** Have a canvas' store take everything as it is given. */
export function takeAsGiven(store: Store): void {
  store.setState({
    setEdges: (edges) => {
      const { edgeLookup } = store.getState();
      const given = edges as FlowEdge[];
      for (const edge of given) if (edgeLookup.get(edge.id) !== edge) edgeLookup.set(edge.id, edge);
      if (edgeLookup.size > given.length) {
        const there = new Set(given.map((edge) => edge.id));
        for (const id of edgeLookup.keys()) if (!there.has(id)) edgeLookup.delete(id);
      }
      // The table of the edges of each node is left as it is: nothing here asks for it.
      store.setState({ edges: given });
    },
    updateNodeInternals: () => undefined,
  });
}
