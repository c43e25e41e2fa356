/** The command palette: every action, found by a few letters. */
import { useMemo, useState } from "react";
import { flushSync } from "react-dom";

import { keyText } from "../actions/keys";
import { actions, isPossible } from "../actions/list";
import { search } from "../model/search";
import { say, showDialog } from "../store/ui";
import { isReading } from "../store/versions";
import { Dialog } from "./Dialog";
import { PickList } from "./PickList";

export function Commands() {
  const [query, setQuery] = useState("");
  const found = useMemo(() => {
    const possible = actions().filter((action) => !(action.quiet && !query.trim()) && action.name !== "commands");
    return search(possible, query, (action) => [
      { text: action.label, weight: 1 },
      { text: action.group, weight: 0.4 },
    ]);
  }, [query]);
  return (
    <Dialog title="Find an action" onClose={() => showDialog(null)} testId="commands">
      <PickList
        label="Find an action"
        placeholder="What do you want to do?"
        none="No action is called that."
        query={query}
        onQuery={setQuery}
        items={found}
        keyOf={(action) => action.name}
        isOff={(action) => !isPossible(action)}
        onChoose={(action) => {
          // What is copied is what is selected on the canvas: the field here has gone before.
          flushSync(() => showDialog(null));
          action.perform();
        }}
        onOff={({ why }) => {
          if (!why || isReading()) return;
          showDialog(null);
          say(why());
        }}
        show={(action) => (
          <>
            {action.icon ? <action.icon size={15} aria-hidden /> : <span className="no-icon" />}
            <span>{action.label}</span>
            {action.keys?.[0] && <kbd>{keyText(action.keys[0])}</kbd>}
          </>
        )}
      />
    </Dialog>
  );
}
