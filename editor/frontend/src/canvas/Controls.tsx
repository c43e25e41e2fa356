/** Zoom, fit and tidy-up in the canvas' corner. */
import { useStore } from "@xyflow/react";
import { Maximize, Minus, Plus, Sparkles } from "lucide-react";

import { Tool } from "../actions/Tool";
import { useMay } from "../store/rights";
import { useUi } from "../store/ui";
import { fit, resetZoom, zoomBy } from "./view";
import { byHand } from "./byHand";

export function Controls() {
  const mayEdit = useMay("edit");
  // On a phone the drawing is only looked at.
  const edits = useUi((state) => !state.narrow) && mayEdit;
  const zoom = useStore(({ transform: [, , zoom] }) => (zoom < 0.01 ? Number((zoom * 100).toFixed(1)) : Math.round(zoom * 100)));
  return (
    <div className="canvas-controls" role="toolbar" aria-label="View">
      <Tool label="Zoom out" action="zoom-out" keys="-" onClick={() => zoomBy(1 / 1.25)} icon={Minus} />
      <button
        type="button"
        className="zoom-value"
        title="Zoom to 100 % (0)"
        aria-label={`Zoom is ${zoom} %; set it to 100 %`}
        onClick={resetZoom}
      >
        {zoom} %
      </button>
      <Tool label="Zoom in" action="zoom-in" keys="+" onClick={() => zoomBy(1.25)} icon={Plus} />
      <span className="tool-rule" />
      <Tool label="Show everything" action="fit" keys="1" onClick={() => fit()} icon={Maximize} testId="fit" />
      {edits && <Tool label="Tidy up" action="tidy" keys="Shift+Alt+T" onClick={() => byHand((hands) => void hands.tidyUp())} icon={Sparkles} testId="tidy" />}
    </div>
  );
}
