/** The right panel: the selected node, or the blueprint where nothing is selected. */
import { useDraft } from "../store/document";
import { useSelectedNode, useSelection } from "../store/selection";
import { BlueprintPanel } from "./BlueprintPanel";
import { NodePanel } from "./NodePanel";

export function Inspector() {
  const id = useSelectedNode();
  const node = useDraft((state) => (id === undefined ? undefined : state.nodesById.get(id)));
  const several = useSelection((state) => state.nodes.size);
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
      ) : several > 1 ? (
        <p className="panel-empty">{several} nodes are selected.</p>
      ) : (
        <BlueprintPanel />
      )}
    </div>
  );
}
