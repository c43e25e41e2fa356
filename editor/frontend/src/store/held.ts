/** What of a paused run the canvas shows: the nodes that are held, and the edges whose tokens are in flight. */
import { KeyedStore, useKeyed } from "./keyed";

/** `hit`: the run paused because of it; `next`: it would begin next; `held`: it could begin. */
export type Held = "hit" | "next" | "held";

export const heldNodes = new KeyedStore<Held>();
export const tokensOnEdges = new KeyedStore<number>();

export function useHeld(node: string): Held | undefined {
  return useKeyed(heldNodes, node);
}

export function useTokens(edge: string): number {
  return useKeyed(tokensOnEdges, edge) ?? 0;
}
