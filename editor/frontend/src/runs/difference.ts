/** Whether a run ran what the draft says now: meaning only, not where nodes stand. */
import type { Document, Json } from "../model/types";

export function meaning(document: Document): string {
  const { nodes = {}, edges = [], inputs = {}, vars = {}, settings = {} } = document;
  return stable({ nodes, edges: [...edges].sort(), inputs, vars, settings } as unknown as Json);
}

/** JSON with sorted keys, so that equal things read equal. */
function stable(value: Json): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (part === null || typeof part !== "object" || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
