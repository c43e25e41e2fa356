/** Keys and gestures, made from the list of actions. */
import { keyText } from "../actions/keys";
import { actions } from "../actions/list";
import type { Action } from "../actions/types";
import { showDialog } from "../store/ui";
import { Dialog } from "./Dialog";

const GESTURES: [string, string][] = [
  ["Drag the canvas", "Move about"],
  ["Wheel, pinch", "Zoom"],
  ["Shift and drag", "Select by a box"],
  ["Shift, Alt and drag", "Select by a lasso"],
  ["Ctrl or Shift, click", "Add to the selection"],
  ["Drag port to port", "Make an edge"],
  ["Let go over nothing", "Add one that fits"],
  ["Drag an edge's end", "Move the edge"],
  ["Drop it on an edge", "Put a node between"],
  ["Drop it in a frame", "The frame holds it"],
  ["Alt and drag", "Cut the edges it crosses"],
  ["Alt and drag a node", "Put a copy there"],
  ["Alt, click a port", "Break all its edges"],
  ["Right button", "What can be done here"],
  ["Double-click", "Add a node here"],
];

function Group({ title, list }: { title: string; list: readonly Action[] }) {
  const shown = list.filter((action) => action.group === title && action.keys?.length);
  if (!shown.length) return null;
  return (
    <section>
      <h3>{title}</h3>
      <dl>
        {shown.map((action) => (
          <div key={action.name}>
            <dt>{action.label}</dt>
            <dd>
              {action.keys?.slice(0, 2).map((keys) => <kbd key={keys}>{keyText(keys)}</kbd>)}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

export function Help() {
  const list = actions().filter((action) => !action.name.startsWith("nudge"));
  return (
    <Dialog title="Keys and gestures" wide onClose={() => showDialog(null)} testId="help">
      <div className="help">
        {["File", "Run", "Arrange", "Edit", "View", "Help"].map((title) => (
          <Group key={title} title={title} list={list} />
        ))}
        <section>
          <h3>Mouse</h3>
          <dl>
            {GESTURES.map(([gesture, meaning]) => (
              <div key={gesture}>
                <dt>{meaning}</dt>
                <dd className="gesture">{gesture}</dd>
              </div>
            ))}
          </dl>
        </section>
      </div>
      <p className="credits">The canvas is drawn with React Flow.</p>
    </Dialog>
  );
}
