/** The firing whose items are shown: of the selected node, that which the inspector shows. */
import { useEffect, useMemo, useState } from "react";

import { useInspector } from "../inspector/state";
import { isItem, type StepView } from "../store/fold";
import { stepOf, useRuns } from "../store/runs";
import { useSelectedNode } from "../store/selection";
import { type Item, itemsOf } from "./items";

/** While a run goes on its items are looked at this often; in ms. */
const CALM = 300;

/** The steps of the shown run, renewed only now and then while it goes on. */
function useCalmSteps(): readonly StepView[] {
  const over = useRuns((state) => state.over);
  const at = useRuns((state) => state.at);
  const shown = useRuns((state) => state.shown);
  const [steps, setSteps] = useState(() => useRuns.getState().steps);
  useEffect(() => {
    const take = (): void => setSteps(useRuns.getState().steps);
    take();
    if (over || at !== null) return useRuns.subscribe(take);
    const timer = setInterval(take, CALM);
    return () => clearInterval(timer);
  }, [over, at, shown]);
  return steps;
}

/** The firings of the selected node that can have items. */
export function useFirings(): readonly StepView[] {
  const node = useSelectedNode();
  const steps = useCalmSteps();
  const each = useRuns((state) => Boolean(state.run?.document?.nodes?.[node ?? ""]?.settings?.each));
  return useMemo(() => {
    const own = steps.filter((step) => step.node === node && !isItem(step.path));
    return own.filter((step) => step.status !== "skipped" && (each || step.frame?.mode === "each"));
  }, [steps, node, each]);
}

/** The firing that the inspector shows, or the last. */
export function useFiring(firings: readonly StepView[]): StepView | undefined {
  const step = useInspector((state) => state.step);
  const item = useInspector((state) => state.item);
  const wanted = item ?? step ?? "";
  return firings.find(({ path }) => wanted === path || wanted.startsWith(`${path}[`) || wanted.startsWith(`${path}~`)) ?? firings.at(-1);
}

export function useItems(firing: StepView | undefined): readonly Item[] {
  const steps = useCalmSteps();
  const document = useRuns((state) => state.run?.document);
  return useMemo(
    () => (firing ? itemsOf(stepOf(firing.path) ?? firing, steps, { find: stepOf, document }) : []),
    [firing, steps, document],
  );
}
