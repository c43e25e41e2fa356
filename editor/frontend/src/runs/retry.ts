/** Running one item again, or all that failed: all else is taken over from the run. */
import { RotateCcw } from "lucide-react";

import type { Action } from "../actions/types";
import { useInspector } from "../inspector/state";
import { stepOf, runAgain, useRuns } from "../store/runs";
import type { Item } from "./items";

/** Whether the journal knows a step of it, so that it can be run again by itself. */
export function retryable({ steps }: Item): boolean {
  return steps.some(({ status }) => status !== "skipped");
}

export function retryItems(items: readonly Item[]): Promise<void> {
  const [only, another] = items;
  return runAgain(only && !another ? { step: only.path } : { steps: items.map(({ path }) => path) });
}

function theItem(): string | null {
  const { item } = useInspector.getState();
  const { over, steps } = useRuns.getState();
  if (item === null || !over) return null;
  return stepOf(item) || steps.some(({ path }) => path.startsWith(`${item}/`)) ? item : null;
}

export const retryActions: Action[] = [
  {
    name: "retry-item",
    label: "Retry the shown item",
    group: "Run",
    icon: RotateCcw,
    enabled: () => theItem() !== null,
    perform: () => {
      const step = theItem();
      if (step !== null) void runAgain({ step });
    },
  },
];
