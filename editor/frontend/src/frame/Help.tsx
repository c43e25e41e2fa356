/** Keys and gestures, made from the list of actions. */
import { useState } from "react";

import { keyText } from "../actions/keys";
import { actions } from "../actions/list";
import type { Action } from "../actions/types";
import { type Drag, rebind } from "../model/keymap";
import { dragNow, setKeymap, useKeymap } from "../store/keymap";
import { showDialog } from "../store/ui";
import { Dialog } from "./Dialog";
import { KeyButton } from "./KeyButton";
import { KeymapBar } from "./KeymapBar";

type Gestures = readonly (readonly [gesture: string, meaning: string])[];

const DRAGS: Readonly<Record<Drag, Gestures>> = {
  view: [
    ["Drag the canvas", "Move about"],
    ["Shift and drag", "Select by a box"],
    ["Ctrl and drag", "Add by a box"],
  ],
  box: [
    ["Right, middle or Space, drag", "Move about"],
    ["Drag the canvas", "Select by a box"],
    ["Ctrl or Shift, drag", "Add by a box"],
  ],
};

const GESTURES: Gestures = [
  ["Wheel, pinch", "Zoom"],
  ["Shift, Alt and drag", "Select by a lasso"],
  ["Ctrl or Shift, click", "Add to the selection"],
  ["Drag port to port", "Make an edge"],
  ["Let go over nothing", "Add one that fits"],
  ["Drag an edge's end", "Move the edge"],
  ["Ctrl and drag a port", "Move all its edges"],
  ["Drop it on an edge", "Put a node between"],
  ["Drop it in a frame", "The frame holds it"],
  ["Alt and drag", "Cut the edges it crosses"],
  ["Alt and drag a node", "Put a copy there"],
  ["Ctrl and drag a note", "Leave what lies on it"],
  ["Alt, click a port", "Break all its edges"],
  ["Right button", "What can be done here"],
  ["Double-click", "Add a node here"],
  ["Double-click a name", "Rename it"],
  ["Drop a file", "Insert its blueprint"],
];

interface GroupProps {
  title: string;
  list: readonly Action[];
  /** Where keys are being changed: gives an action others. */
  onKeys: ((action: Action, keys: readonly string[]) => void) | null;
}

function Group({ title, list, onKeys }: GroupProps) {
  const shown = list.filter((action) => action.group === title && (onKeys ? !action.native : action.keys?.length || title === "File"));
  if (!shown.length) return null;
  return (
    <section>
      <h3>{title}</h3>
      <dl>
        {shown.map((action) => (
          <div key={action.name}>
            <dt>{action.label}</dt>
            <dd>
              {onKeys ? (
                <KeyButton action={action} onKeys={(keys) => onKeys(action, keys)} />
              ) : (
                action.keys?.slice(0, 2).map((keys) => <kbd key={keys}>{keyText(keys)}</kbd>) ?? <span className="gesture">{keyText("Mod+K")}, by name</span>
              )}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

export function Help() {
  const { own } = useKeymap();
  const [changing, setChanging] = useState(false);
  const [said, setSaid] = useState("");
  const all = actions();
  const list = all.filter((action) => !action.quiet);
  const change = (action: Action, keys: readonly string[]): void => {
    const result = rebind(own, all, action.name, keys);
    setKeymap({ own: result.own });
    const lost = result.lost.map((name) => `“${all.find((one) => one.name === name)?.label ?? name}”`);
    setSaid(lost.length ? `${lost.join(" and ")} had ${keys.map(keyText).join(", ")}, and has it no more.` : "");
  };
  return (
    <Dialog title="Keys and gestures" wide onClose={() => showDialog(null)} testId="help">
      <div className="keymap">
        <KeymapBar changing={changing} onChanging={setChanging} onSay={setSaid} />
        <p className="keymap-said" role="status">
          {said}
        </p>
      </div>
      <div className="help">
        {["File", "Run", "Arrange", "Edit", "View", "Help"].map((title) => (
          <Group key={title} title={title} list={list} onKeys={changing ? change : null} />
        ))}
        <section>
          <h3>Mouse</h3>
          <dl>
            {[...DRAGS[dragNow()], ...GESTURES].map(([gesture, meaning]) => (
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
