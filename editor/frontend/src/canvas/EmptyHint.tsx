/** What an empty canvas says: how to begin. */
import { useDraft } from "../store/document";
import { useMay } from "../store/rights";
import { openQuickAdd } from "../store/ui";
import { pointerOnScreen } from "./view";

export function EmptyHint() {
  const empty = useDraft((state) => state.nodes.length === 0 && state.notes.length === 0);
  const edits = useMay("edit");
  if (!empty) return null;
  if (!edits) return <div className="empty-hint"><h2>Nothing is drawn yet</h2></div>;
  return (
    <div className="empty-hint">
      <h2>Draw your blueprint</h2>
      <p>
        Drag a node from the left onto the canvas, double-click anywhere, or press <kbd>Tab</kbd>.
      </p>
      <button type="button" className="button button-primary" onClick={() => openQuickAdd(pointerOnScreen())}>
        Add the first node
      </button>
    </div>
  );
}
