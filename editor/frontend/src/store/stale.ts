/** The nodes whose status in the shown run is of another drawing; apart from the nodes, as statuses are. */
import { KeyedStore, useKeyed } from "./keyed";

export const staleMarks = new KeyedStore<true>();

export function useStale(node: string): boolean {
  return useKeyed(staleMarks, node) ?? false;
}
