/** Which run the shown one is compared with, and which of their differences is looked at. */
import { create } from "zustand";

import { setPanels, useUi } from "./ui";

interface Compared {
  /** The id of the other run; null while nothing is compared. */
  other: string | null;
  /** The node that is looked at, and which of its firings, by its path. */
  node: string | null;
  step: string | null;
  /** The nodes that differ, as the differences come up. */
  differing: readonly string[];
}

const NOTHING: Compared = { other: null, node: null, step: null, differing: [] };

export const useCompared = create<Compared>(() => NOTHING);

export function isComparing(): boolean {
  return useCompared.getState().other !== null;
}

/** Compare the shown run with another one, on the canvas. */
export function compareWith(other: string): void {
  useCompared.setState({ ...NOTHING, other });
  const { drawer, inspector } = useUi.getState().panels;
  if (!drawer || !inspector) setPanels({ drawer: true, inspector: true });
  keepInAddress(other);
}

export function leaveComparing(): void {
  if (!isComparing()) return;
  useCompared.setState(NOTHING);
  keepInAddress(null);
}

/** Look at a node of the two runs, at one of its firings if it is named. */
export function lookAtNode(node: string | null, step: string | null = null): void {
  useCompared.setState({ node, step });
}

/** Look at the node that differs after the one that is looked at, or before it; from the last on to the first. */
export function lookAtNext(way: 1 | -1): void {
  const { node, differing } = useCompared.getState();
  const at = differing.indexOf(node ?? "");
  const next = at < 0 && way < 0 ? differing.length - 1 : (at + way + differing.length) % differing.length;
  const found = differing[next];
  if (found !== undefined) lookAtNode(found);
}

function keepInAddress(other: string | null): void {
  const address = new URL(window.location.href);
  if (other) address.searchParams.set("with", other);
  else address.searchParams.delete("with");
  window.history.replaceState(window.history.state, "", address);
}
