/** The right panel: the selected node, or the blueprint where nothing is selected. */
import { useEffect } from "react";

import { useDraft } from "../store/document";
import { useRuns } from "../store/runs";
import { useSelectedNode, useSelection } from "../store/selection";
import { BlueprintPanel } from "./BlueprintPanel";
import { NodePanel } from "./NodePanel";
import { SelectionPanel } from "./SelectionPanel";
import { showTab } from "./state";

export function Inspector() {
  const id = useSelectedNode();
  const node = useDraft((state) => (id === undefined ? undefined : state.nodesById.get(id)));
  const chosen = useSelection((state) => state.nodes);
  const shown = useRuns((state) => state.shown);
  // While a run is on the canvas, a press on a node asks what it did there.
  useEffect(() => showTab(shown ? "run" : "parameters"), [shown]);
  const edges = useSelection((state) => state.edges.size);
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
      ) : (
        <BlueprintPanel />
      )}
    </div>
  );
}
