/** The command palette: every action, found by a few letters. */
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";

import { keyText } from "../actions/keys";
import { actions, isPossible } from "../actions/list";
import type { Action } from "../actions/types";
import { search } from "../model/search";
import { showDialog } from "../store/ui";
import { Dialog } from "./Dialog";

export function Commands() {
  const [query, setQuery] = useState("");
  const [index, setIndex] = useState(0);
  const active = useRef<HTMLLIElement>(null);
  const found = useMemo(() => {
    const possible = actions().filter(
      (action) => !action.name.startsWith("nudge") && !action.native && action.name !== "commands",
    );
    return search(possible, query, (action) => [
      { text: action.label, weight: 1 },
      { text: action.group, weight: 0.4 },
    ]);
  }, [query]);
  useEffect(() => {
    setIndex(0);
  }, [query]);
  useLayoutEffect(() => {
    active.current?.scrollIntoView({ block: "nearest" });
  }, [index]);
  const perform = (action: Action | undefined): void => {
    if (!action || !isPossible(action)) return;
    showDialog(null);
    action.perform();
  };
  return (
    <Dialog title="Find an action" onClose={() => showDialog(null)} testId="commands">
      <input
        type="text"
        className="commands-search"
        aria-label="Find an action"
        placeholder="What do you want to do?"
        value={query}
        onChange={(event) => setQuery(event.target.value)}
        onKeyDown={(event) => {
          const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
          if (step && found.length) setIndex((index + step + found.length) % found.length);
          else if (event.key === "Enter") perform(found[index]);
          else return;
          event.preventDefault();
        }}
      />
      <ul className="commands" role="listbox" aria-label="Actions">
        {found.map((action, at) => (
          <li
            key={action.name}
            ref={at === index ? active : null}
            role="option"
            aria-selected={at === index}
            aria-disabled={!isPossible(action)}
            className={at === index ? "is-active" : ""}
            onPointerMove={() => setIndex(at)}
            onClick={() => perform(action)}
          >
            {action.icon ? <action.icon size={15} aria-hidden /> : <span className="no-icon" />}
            <span>{action.label}</span>
            {action.keys?.[0] && <kbd>{keyText(action.keys[0])}</kbd>}
          </li>
        ))}
        {!found.length && <li className="quick-none">No action is called that.</li>}
      </ul>
    </Dialog>
  );
}
