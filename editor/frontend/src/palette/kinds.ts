/** The node types as palette and quick-add list them: searched, and grouped by category. */
import { compareCategories } from "../canvas/category";
import { matchingPort } from "../model/checks";
import { type Field, search } from "../model/search";
import type { NodeSpec } from "../model/types";
import type { QuickAdd } from "../store/ui";

function fields(spec: NodeSpec): Field[] {
  return [
    { text: spec.title, weight: 1 },
    { text: spec.kind, weight: 0.8 },
    { text: spec.category, weight: 0.5 },
    { text: spec.description, weight: 0.3 },
  ];
}

export function findKinds(specs: Iterable<NodeSpec>, query: string): NodeSpec[] {
  return search([...specs], query, fields);
}

/** Only the types that the waiting port may be joined to. */
export function fitting(specs: Iterable<NodeSpec>, from: QuickAdd["from"]): NodeSpec[] {
  return [...specs].filter((spec) => !from || matchingPort(spec, from));
}

export function byCategory(specs: readonly NodeSpec[]): [string, NodeSpec[]][] {
  const groups = new Map<string, NodeSpec[]>();
  for (const spec of specs) {
    const group = groups.get(spec.category);
    if (group) group.push(spec);
    else groups.set(spec.category, [spec]);
  }
  return [...groups].sort(([one], [other]) => compareCategories(one, other));
}
