/** What the tests went through, as the canvas shows it; apart from the nodes, so that it redraws no more than it must. */
import { KeyedStore, useKeyed } from "./keyed";

export type Covered = "covered" | "missed";

/** By node id or edge id; empty while no coverage is shown. */
export const coverageMarks = new KeyedStore<Covered>();

export function useCovered(id: string): Covered | undefined {
  return useKeyed(coverageMarks, id);
}
