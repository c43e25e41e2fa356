/** What an empty canvas says: how to begin. */
import { useDraft } from "../store/document";
import { openQuickAdd } from "../store/ui";
import { pointerOnScreen } from "./view";

export function EmptyHint() {
  const empty = useDraft((state) => state.nodes.length === 0 && state.notes.length === 0);
  if (!empty) return null;
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
