/** Giving a node another kind in its place. */
import { setKind } from "../model/draft";
import { swap, swappable } from "../model/swap";
import type { NodeSpec } from "../model/types";
import { asStep, doc, useDraft } from "../store/document";
import { useSelection } from "../store/selection";
import { drawing, forms } from "../store/shapes";
import { say } from "../store/ui";

/** The one selected node, if one is. */
export function theNode(): string | undefined {
  const { nodes } = useSelection.getState();
  const [id] = nodes;
  return nodes.size === 1 && id !== undefined && forms().has(id) ? id : undefined;
}

/** The kinds that a node can be made to be; those that keep more of its edges come first. */
export function kindsFor(id: string, types: Iterable<NodeSpec>): NodeSpec[] {
  const form = forms().get(id);
  if (!form) return [];
  const { edges } = useDraft.getState();
  return [...types]
    .filter((spec) => swappable(form.spec, spec, form.holder !== ""))
    .map((spec) => ({ spec, lost: swap(form.node, form.spec, spec, edges, drawing.ports).lost.length }))
    .sort((one, other) => one.lost - other.lost)
    .map(({ spec }) => spec);
}

/** Make a node be of another kind; say what did not go over to it. */
export function swapKind(id: string, kind: string): void {
  const { types, edges } = useDraft.getState();
  const form = forms().get(id);
  const to = types.get(kind);
  if (!form || !to) return;
  const { parameters, promoted, moved, lost } = swap(form.node, form.spec, to, edges, drawing.ports);
  asStep(() => setKind(doc, id, { kind, parameters, promoted, moved, lost }));
  const dropped = Object.keys(form.node.parameters).length - Object.keys(parameters).length;
  const said = [
    ...(lost.length ? [lost.length === 1 ? "1 edge" : `${lost.length} edges`] : []),
    ...(dropped ? [dropped === 1 ? "1 parameter" : `${dropped} parameters`] : []),
  ];
  if (said.length) say(`${said.join(" and ")} went away with the old kind`);
}
