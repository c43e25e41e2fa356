/** The breakpoints of the person at this page: kept in the browser, by blueprint, and no part of the drawing. */
import { KeyedStore, useKeyed } from "./keyed";
import { useDraft } from "./document";

/** Where a run pauses: before a node fires, after it has ended, both; or when a token goes over an edge. */
export type Mark = "before" | "after" | "both" | "edge";
export type Breakpoint = { node: string; when: "before" | "after" } | { edge: string };

const KEY = "conductor-breakpoints-";

/** By node id or edge id. */
const marks = new KeyedStore<Mark>();
let blueprint = "";
let listener: () => void = () => undefined;

export function useBreakpoint(id: string): Mark | undefined {
  return useKeyed(marks, id);
}

export function breakpointOf(id: string): Mark | undefined {
  return marks.get(id);
}

/** Have someone told of every change. */
export function onBreakpoints(told: () => void): void {
  listener = told;
}

/** Read those of a blueprint, as they were left. */
export function openBreakpoints(id: string): void {
  blueprint = id;
  try {
    const stored = JSON.parse(localStorage.getItem(KEY + id) ?? "{}") as Record<string, Mark>;
    marks.replace(new Map(Object.entries(stored)));
  } catch {
    marks.clear(); // storage may be forbidden, or hold something else
  }
}

/** Set a breakpoint, or take it away. */
export function toggleBreakpoint(id: string, where: "before" | "after" | "edge"): void {
  const next = toggled(marks.get(id), where);
  const all = new Map(marks.entries());
  if (next) all.set(id, next);
  else all.delete(id);
  keep(all);
}

export function clearBreakpoints(): void {
  keep(new Map());
}

export function someBreakpoints(): boolean {
  return !marks.entries().next().done;
}

/** What a toggle makes of a mark; undefined for none. */
export function toggled(mark: Mark | undefined, where: "before" | "after" | "edge"): Mark | undefined {
  if (where === "edge") return mark ? undefined : "edge";
  const other = where === "before" ? "after" : "before";
  if (mark === "both") return other;
  if (mark === where) return undefined;
  return mark === other ? "both" : where;
}

function keep(all: ReadonlyMap<string, Mark>): void {
  marks.replace(all);
  try {
    localStorage.setItem(KEY + blueprint, JSON.stringify(Object.fromEntries(all)));
  } catch {
    // they hold until the page is left
  }
  listener();
}

/** Those that a drawing has a place for, as the API takes them: by default the draft's. */
export function breakpointsIn(
  nodes: { has(id: string): boolean } = useDraft.getState().nodesById,
  edges: ReadonlySet<string> = new Set(useDraft.getState().edges.map((edge) => edge.id)),
): Breakpoint[] {
  return [...marks.entries()].flatMap(([id, mark]): Breakpoint[] => {
    if (mark === "edge") return edges.has(id) ? [{ edge: id }] : [];
    if (!nodes.has(id)) return [];
    const when = mark === "both" ? (["before", "after"] as const) : [mark];
    return when.map((one) => ({ node: id, when: one }));
  });
}
