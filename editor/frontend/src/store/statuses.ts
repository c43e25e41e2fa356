/** How nodes and edges stand in the shown run; apart from the nodes, so that an event redraws one card. */
import type { NodeStatus } from "../model/types";
import type { NodeState } from "./fold";
import { KeyedStore, useKeyed } from "./keyed";

export const nodeStatuses = new KeyedStore<NodeState>();
export const edgeCounts = new KeyedStore<number>();

export function useNodeStatus(node: string): NodeStatus | undefined {
  return useKeyed(nodeStatuses, node);
}

/** The same with all that is known, as the header of a frame shows it. */
export function useNodeState(node: string): NodeState | undefined {
  return useKeyed(nodeStatuses, node);
}

export function useEdgeCount(edge: string): number {
  return useKeyed(edgeCounts, edge) ?? 0;
}
