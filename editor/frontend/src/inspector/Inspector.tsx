/** The right panel: the selected node; where nothing is selected the test that is open, or the blueprint. */
import { useDeferredValue, useEffect, useLayoutEffect } from "react";

import { later } from "../later";
import { Part } from "../Part";
import { useCases } from "../store/cases";
import { useDraft } from "../store/document";
import { useMay } from "../store/rights";
import { useRuns } from "../store/runs";
import { type Selection, useSelection } from "../store/selection";
import { useUi } from "../store/ui";
import { BlueprintPanel } from "./BlueprintPanel";
import { NodePanel } from "./NodePanel";
import { SelectionPanel } from "./SelectionPanel";
import { showTabFor } from "./state";

const CasePanel = later(() => import("../cases/CasePanel").then((m) => m.CasePanel));

/** The one selected node, where one is. */
function oneOf({ nodes, edges }: Selection): string | undefined {
  return nodes.size === 1 && edges.size === 0 ? [...nodes][0] : undefined;
}

/** What is selected; where the form of another node is to be made, the canvas shows the selection first. */
function useShownSelection(): Selection {
  const now = useSelection();
  const before = useDeferredValue(now);
  const id = oneOf(before);
  const stands = useDraft((state) => id !== undefined && state.nodesById.has(id));
  // Where the keys are to go into the form, the next one is for it.
  const awaited = useUi((state) => state.opening !== null || state.naming !== null);
  const settled = before === now;
  useEffect(() => {
    if (awaited && settled) useUi.setState({ opening: null, naming: null });
  }, [awaited, settled]);
  return stands && !awaited ? before : now;
}

export function Inspector() {
  const selection = useShownSelection();
  const chosen = selection.nodes;
  const id = oneOf(selection);
  const node = useDraft((state) => (id === undefined ? undefined : state.nodesById.get(id)));
  const edits = useMay("edit");
  const shown = useRuns((state) => state.shown);
  // While a run is on the canvas, a press on a node asks what it did there. A tab that is asked
  // for as the form opens comes after this, and stays.
  useLayoutEffect(() => showTabFor(shown), [shown]);
  const edges = selection.edges.size;
  const open = useCases((state) => (state.view === "tests" ? state.open : null));
  const test = useDraft((state) => (open === null ? undefined : state.tests[open]));
  const notes = useDraft((state) => state.notes.filter((note) => chosen.has(note.id)).length);
  return (
    <div
      className="inspector"
      data-testid="inspector"
      onKeyDown={(event) => {
        // On a button in here these keys don't mean the node on the canvas.
        if (event.key === "Delete" || event.key === "Backspace") event.stopPropagation();
      }}
    >
      {node ? (
        <NodePanel key={node.id} node={node} />
      ) : chosen.size + edges > 0 ? (
        <SelectionPanel nodes={chosen.size - notes} notes={notes} />
      ) : test && open !== null ? (
        <Part>
          <fieldset className="looked-at" disabled={!edits}>
            <CasePanel key={open} index={open} test={test} />
          </fieldset>
        </Part>
      ) : (
        <BlueprintPanel />
      )}
    </div>
  );
}
