/** What the inspector shows of the selected node: the tab, and which firing. */
import { create } from "zustand";

import { nodeOfStep } from "../api/events";
import { bringIntoView } from "../canvas/view";
import { iterationOf } from "../store/fold";
import { stepOf } from "../store/runs";
import { select } from "../store/selection";
import { setPanels, useUi } from "../store/ui";

export type Tab = "parameters" | "settings" | "run";

interface InspectorState {
  tab: Tab;
  /** A step that was asked for; the node's last one is shown otherwise. */
  step: string | null;
  /** The iteration of a frame whose values are shown, as its steps begin: `orders[3]`. */
  iteration: string | null;
  /** The item of a fan-out that is looked at: `charge[3]`, or the iteration `orders[3]`. */
  item: string | null;
}

export const useInspector = create<InspectorState>(() => ({ tab: "parameters", step: null, iteration: null, item: null }));

export function showTab(tab: Tab): void {
  useInspector.setState({ tab });
}

let held = false;

/** The tab stays as it is when the next run is shown: somebody is in the middle of a field. */
export function holdTab(): void {
  held = true;
}

/** A run is shown, or none is any more: the tab that goes with that, unless it is held. */
export function showTabFor(run: string | null): void {
  if (run === null || !held) showTab(run === null ? "parameters" : "run");
  held = false;
}

/** Select the node that a step fired, and open that firing. */
export function openStep(path: string): void {
  useInspector.setState({ tab: "run", step: path, iteration: iterationOf(path) || null, item: null });
  show(nodeOfStep(path));
}

/** Open one item of a fan-out at its node; what is in a frame shows that iteration as well. */
export function openItem(path: string): void {
  useInspector.setState({ tab: "run", item: path, iteration: stepOf(path) ? iterationOf(path) || null : path });
  show(nodeOfItem(path));
}

/** The node that an item belongs to; a frame that is tried again tells its openings apart: `orders~2[3]`. */
export function nodeOfItem(path: string): string {
  return nodeOfStep(path.replace(/~\d+(?=\[\d+\]$)/, ""));
}

function show(node: string): void {
  select([node]);
  if (!useUi.getState().panels.inspector) setPanels({ inspector: true });
  // The panel may just have taken its room from the canvas.
  requestAnimationFrame(() => bringIntoView(node));
}
