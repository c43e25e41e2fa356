/** The actions of comparing two runs. */
import { ArrowDown, ArrowUp, GitCompareArrows, Undo } from "lucide-react";

import type { Action } from "../actions/types";
import { isComparing, leaveComparing, lookAtNext, useCompared } from "../store/compared";
import { useRuns } from "../store/runs";
import { showDialog } from "../store/ui";

const someDifferences = (): boolean => useCompared.getState().differing.length > 0;

export const compareActions: Action[] = [
  {
    name: "compare-runs",
    label: "Compare the shown run with…",
    group: "Run",
    needs: "view",
    keys: ["Shift+M"],
    icon: GitCompareArrows,
    reading: true,
    enabled: () => useRuns.getState().shown !== null && useRuns.getState().list.length > 1,
    perform: () => showDialog("compare-runs"),
  },
  { name: "difference-after", label: "Next difference of the two runs", group: "Run", needs: "view", keys: ["F7"], icon: ArrowDown, reading: true, enabled: someDifferences, perform: () => lookAtNext(1) },
  { name: "difference-before", label: "Difference before", group: "Run", needs: "view", keys: ["Shift+F7"], icon: ArrowUp, reading: true, enabled: someDifferences, perform: () => lookAtNext(-1) },
  { name: "leave-comparing", label: "Leave the comparison of two runs", group: "Run", needs: "view", keys: ["Escape"], icon: Undo, reading: true, enabled: isComparing, perform: leaveComparing },
];
