/** What can be reached from nodes along the edges: forwards, backwards, or both. */
import type { EdgeEnds } from "./edges";

export type Way = "up" | "down" | "both";

/** The nodes themselves and all that lies that way from them. */
export function reached(edges: readonly EdgeEnds[], from: Iterable<string>, way: Way): Set<string> {
  const next = new Map<string, string[]>();
  const lead = (source: string, target: string): void => {
    const known = next.get(source);
    if (known) known.push(target);
    else next.set(source, [target]);
  };
  for (const { source, target } of edges) {
    if (way !== "up") lead(source, target);
    if (way !== "down") lead(target, source);
  }
  const found = new Set(from);
  for (const id of found) for (const one of next.get(id) ?? []) found.add(one);
  return found;
}
