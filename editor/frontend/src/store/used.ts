/** How often the person at this browser added each kind of node; what was lately used counts more. */
import { create } from "zustand";

const KEY = "conductor-used";
/** What earlier uses are still worth when something else is used. */
const FADES = 0.95;

type Used = Readonly<Record<string, number>>;

function stored(): Used {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    if (typeof found !== "object" || found === null) return {};
    return Object.fromEntries(Object.entries(found).filter(([, count]) => Number.isFinite(count)));
  } catch {
    return {}; // storage may be forbidden, or hold what another program wrote
  }
}

export const useUsed = create<{ used: Used }>(() => ({ used: stored() }));

/** Count that a node of this kind was added by hand. */
export function countUse(kind: string): void {
  const used: Record<string, number> = {};
  for (const [other, count] of Object.entries(useUsed.getState().used)) {
    if (count * FADES > 0.05) used[other] = count * FADES;
  }
  used[kind] = (used[kind] ?? 0) + 1;
  useUsed.setState({ used });
  try {
    localStorage.setItem(KEY, JSON.stringify(used));
  } catch {
    // it holds for this page
  }
}
