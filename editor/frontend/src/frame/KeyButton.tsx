/** The keys of one action, as a button that takes others: press it, then the keys. */
import { useState } from "react";

import { keysOf, keyText } from "../actions/keys";
import type { Action } from "../actions/types";

interface Props {
  action: Action;
  onKeys: (keys: readonly string[]) => void;
}

export function KeyButton({ action, onKeys }: Props) {
  const [asking, setAsking] = useState(false);
  return (
    <button
      type="button"
      className="key-button"
      aria-label={`Keys of ${action.label}: ${action.keys?.map(keyText).join(" or ") || "none"}`}
      aria-pressed={asking}
      title="Press, then the keys; Delete takes them away"
      onClick={() => setAsking(true)}
      onBlur={() => setAsking(false)}
      onKeyDown={(event) => {
        if (!asking || event.key === "Tab") return;
        event.preventDefault();
        event.stopPropagation();
        const keys = keysOf(event.nativeEvent);
        if (keys === null) return; // only Shift, say: more is to come
        setAsking(false);
        if (keys === "Escape") return;
        onKeys(keys === "Delete" || keys === "Backspace" ? [] : [keys]);
      }}
      data-testid={`keys-${action.name}`}
    >
      {asking ? (
        <span className="key-asking">Press keys …</span>
      ) : action.keys?.length ? (
        action.keys.slice(0, 2).map((keys) => <kbd key={keys}>{keyText(keys)}</kbd>)
      ) : (
        <span className="key-none">none</span>
      )}
    </button>
  );
}
