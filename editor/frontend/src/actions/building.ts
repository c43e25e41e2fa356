/** The actions that build: with them a drawing is changed as a whole, not port by port. */
import { Eraser, Link2, PackageOpen, PackagePlus, Plus, Replace, Spline, Unlink, Unplug, Waypoints } from "lucide-react";

import { addAfter, canAddAfter, insertIntoEdge } from "../canvas/adding";
import { breakEdges, deleteAndHeal, detach, detachable } from "../canvas/heal";
import { askForName, expandCall, partNodes, theCall, whyNotPart } from "../canvas/parts";
import { hasPoints, reroutable, reroute, straightWay, theEdge, toggleLinks } from "../canvas/routes";
import { theNode } from "../canvas/swap";
import { pointerOnScreen, toFlow } from "../canvas/view";
import { useDraft } from "../store/document";
import { useSelection } from "../store/selection";
import { openQuickAdd } from "../store/ui";
import type { Action } from "./types";

const someNodes = (): boolean => [...useSelection.getState().nodes].some((id) => useDraft.getState().nodesById.has(id));

const someEdges = (): boolean => useSelection.getState().edges.size > 0;

/** The list opens where the pointer is, as for a new node. */
function chooseKind(): void {
  const id = theNode();
  if (id !== undefined) openQuickAdd({ ...pointerOnScreen(), swap: id });
}

export const building: Action[] = [
  { name: "add-after", label: "Add a node after it…", group: "Edit", keys: ["E"], icon: Plus, enabled: canAddAfter, why: () => "Select the one node that another shall follow first", perform: addAfter },
  { name: "insert", label: "Insert a node into the edge…", group: "Edit", keys: ["I"], icon: Plus, enabled: () => theEdge() !== undefined, why: () => "Select the one edge into which a node shall go first", perform: insertIntoEdge },
  { name: "delete-heal", label: "Delete, and close the gap", group: "Edit", keys: ["Mod+Delete", "Mod+Backspace"], icon: Eraser, enabled: someNodes, perform: deleteAndHeal },
  { name: "detach", label: "Detach, and close the gap", group: "Edit", keys: ["X"], icon: Unplug, enabled: detachable, why: () => "Select nodes that edges join to others first", perform: detach },
  { name: "break-edges", label: "Break its edges", group: "Edit", keys: ["Shift+X"], icon: Unlink, enabled: detachable, why: () => "Select nodes that edges join to others first", perform: breakEdges },
  { name: "swap", label: "Change its kind…", group: "Edit", keys: ["S"], icon: Replace, enabled: () => theNode() !== undefined, why: () => "Select the one node that shall be of another kind first", perform: chooseKind },
  { name: "collapse-part", label: "Collapse to a blueprint…", group: "Edit", needs: "own", keys: ["Alt+G"], icon: PackagePlus, enabled: () => partNodes().length > 0, why: whyNotPart, perform: askForName },
  { name: "expand-call", label: "Expand the call to its nodes", group: "Edit", keys: ["Shift+Alt+G"], icon: PackageOpen, enabled: () => theCall() !== undefined, why: () => "Select one node that runs a blueprint first", perform: () => void expandCall() },
  { name: "reroute", label: "Put a point on the edge", group: "Edit", keys: ["Alt+R"], icon: Waypoints, enabled: () => reroutable() !== undefined, why: () => "Select the one edge that shall go by way of a point first; a link goes by none", perform: () => reroute(toFlow(pointerOnScreen())) },
  { name: "clear-points", label: "Take the points away", group: "Edit", icon: Spline, enabled: hasPoints, perform: straightWay },
  { name: "link", label: "Draw as a link, or a curve", group: "Edit", keys: ["Alt+L"], icon: Link2, enabled: someEdges, why: () => "Select an edge first", perform: toggleLinks },
];
