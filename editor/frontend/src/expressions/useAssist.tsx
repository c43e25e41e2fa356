/** Lets a text field help with the expressions in it, from the moment it is used. */
import { type ReactNode, type RefCallback, useContext, useRef, useState } from "react";

import { later } from "../later";
import { Part } from "../Part";
import { FieldsOf, useActive } from "./place";

const Assist = later(() => import("./Assist").then((m) => m.Assist));

type Area = HTMLTextAreaElement | HTMLInputElement;

interface Assisted {
  readonly area: Area | null;
  /** For the field itself. */
  readonly ref: RefCallback<Area>;
  readonly onFocus: () => void;
  /** What stands beneath the field. */
  readonly below: ReactNode;
}

export function useAssist(id: string, text: string, bare = false): Assisted {
  const node = useContext(FieldsOf);
  const active = useActive((state) => state.field === id);
  const [area, setArea] = useState<Area | null>(null);
  const before = useRef(text);
  return {
    area,
    ref: setArea,
    onFocus: () => {
      // Who came here by typing has not stopped.
      before.current = useActive.getState().caret === null ? text : "";
      useActive.setState({ field: id, caret: null });
    },
    below: active && node && area && (
      <Part>
        <Assist key={id} area={area} field={id} node={node} text={text} bare={bare} typed={text !== before.current} />
      </Part>
    ),
  };
}
