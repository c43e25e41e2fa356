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
    ...spec.known_as.map((text): Field => ({ text, weight: 0.7 })),
    { text: spec.category, weight: 0.5 },
    { text: spec.description, weight: 0.3 },
  ];
}

/** How often each kind was used, as `store/used` counts it. */
export type Used = Readonly<Record<string, number>>;

/** A few uses are much more than none; a hundred are little more than ten. */
function weightOf(count = 0): number {
  return count / (count + 2);
}

/** The types that answer a query, the best first, and of those alike what is used more. */
export function findKinds(specs: Iterable<NodeSpec>, query: string, used: Used = {}): NodeSpec[] {
  return search([...specs], query, fields, (spec) => weightOf(used[spec.kind]));
}

/** The few that are used most, the most used first. */
export function mostUsed(specs: Iterable<NodeSpec>, used: Used, most = 5): NodeSpec[] {
  return [...specs]
    .filter((spec) => used[spec.kind])
    .sort((one, other) => (used[other.kind] ?? 0) - (used[one.kind] ?? 0))
    .slice(0, most);
}

/** What three uses are worth at least, where not much else came between; two are always worth less. */
const OFTEN = 2;
/** A list of one or two saves nobody the way to where they stand anyway. */
const WORTH_A_LIST = 3;

/**
 * The few that are used often, the most used first; none before there are several. What was used once
 * stood there as "often used", and moved all others down at a person's first node.
 */
export function oftenUsed(specs: Iterable<NodeSpec>, used: Used): NodeSpec[] {
  const found = mostUsed(specs, used).filter((spec) => (used[spec.kind] ?? 0) >= OFTEN);
  return found.length < WORTH_A_LIST ? [] : found;
}

/** All, those that are used most before the others. */
export function usedFirst(specs: readonly NodeSpec[], used: Used): NodeSpec[] {
  const first = mostUsed(specs, used);
  return [...first, ...specs.filter((spec) => !first.includes(spec))];
}

/** All, those that start runs at the end: a drawing that has one seldom needs another. */
export function triggersLast(specs: readonly NodeSpec[]): NodeSpec[] {
  return [...specs.filter((spec) => !spec.trigger), ...specs.filter((spec) => spec.trigger)];
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
