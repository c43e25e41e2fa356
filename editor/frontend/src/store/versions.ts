/** What of the blueprint's history is open: the panel with its versions, and what is looked at. */
import { create } from "zustand";

import { isComparing, leaveComparing, useCompared } from "./compared";

/** Two of these can be compared: the draft as it is now, or a version by its number. */
export type Side = "draft" | number;

interface Versions {
  /** The panel stands where the form is otherwise. */
  open: boolean;
  /** What the canvas shows instead of the draft; nothing can be changed while it does. */
  shown: Side | null;
  /** What it is compared with: the earlier of the two. */
  against: Side | null;
  /** The node of what is shown that was pressed last. */
  node: string | null;
  /** Whether the canvas also marks what only stands elsewhere. */
  moved: boolean;
  /** The version about whose restoring is being asked. */
  restoring: number | null;
}

const NOTHING = { shown: null, against: null, node: null };

export const useVersions = create<Versions>(() => ({ ...NOTHING, open: false, moved: false, restoring: null }));

/** Whether the canvas shows something of the history, which is only to be read. */
export function isLooking(): boolean {
  return useVersions.getState().shown !== null;
}

/** Whether the canvas shows something that is only to be read. */
export function isReading(): boolean {
  return isLooking() || isComparing();
}

/** The same, for those who draw it. */
export function useReadOnly(): boolean {
  const looking = useVersions((state) => state.shown !== null);
  const comparing = useCompared((state) => state.other !== null);
  return looking || comparing;
}

export function openVersions(): void {
  leaveComparing();
  useVersions.setState({ open: true });
}

export function closeVersions(): void {
  useVersions.setState({ ...NOTHING, open: false });
}

/** Show a version on the canvas, to be read. */
export function look(shown: Side): void {
  leaveComparing();
  useVersions.setState({ ...NOTHING, open: true, shown });
}

/** Show on the canvas what has changed from one to the other. */
export function lookAtChanges(against: Side, shown: Side): void {
  leaveComparing();
  useVersions.setState({ ...NOTHING, open: true, against, shown });
}

/** The version that is looked at, alone or beside the draft. */
export function versionInView(): number | null {
  const { shown, against } = useVersions.getState();
  const sides = [shown, against].filter((side) => typeof side === "number");
  return sides[0] ?? null;
}

export function askToRestore(restoring: number): void {
  useVersions.setState({ open: true, restoring });
}

/** Go back to the draft, which can be edited; the list of versions stays. */
export function backToDraft(): void {
  useVersions.setState(NOTHING);
}
