/** What can be run of the draft from a node's panel, and the pin that stands in for the node. */
import { ArrowRightFromLine, ArrowRightToLine, Pin, PinOff } from "lucide-react";

import type { DraftNode } from "../model/draft";
import { pin, runFrom, runsAs, runTo, outputsToPin, unpin } from "../runs/partial";
import { useRuns } from "../store/runs";

export function NodeTools({ node }: { node: DraftNode }) {
  const busy = useRuns((state) => state.starting);
  const ran = useRuns((state) => state.list.length > 0);
  const pinnable = useRuns((state) => state.steps.length > 0 && outputsToPin(node.id) !== undefined);
  const whole = runsAs(node.id);
  const frame = whole === node.id ? "" : ` The frame ${whole} runs as a whole.`;
  return (
    <div className="node-tools" role="toolbar" aria-label="Run a part">
      <button
        type="button"
        disabled={busy}
        title={`Run this node and what leads to it; what has not changed is taken over (R).${frame}`}
        onClick={() => void runTo(node.id)}
        data-testid="run-to"
      >
        <ArrowRightToLine size={14} aria-hidden /> Run to here
      </button>
      <button
        type="button"
        disabled={busy || !ran}
        title={`Run this node with its last inputs, and what follows it (Shift+R).${frame}`}
        onClick={() => void runFrom(node.id)}
        data-testid="run-from"
      >
        <ArrowRightFromLine size={14} aria-hidden /> Run from here
      </button>
      {node.pin ? (
        <button type="button" title="Let the node run again (P)" onClick={() => unpin(node.id)} data-testid="unpin">
          <PinOff size={14} aria-hidden /> Unpin
        </button>
      ) : (
        <button
          type="button"
          disabled={!pinnable}
          title={pinnable ? "Runs of the draft take its last outputs and do not run it (P)" : "Run it first: its outputs of the shown run are pinned"}
          onClick={() => void pin(node.id)}
          data-testid="pin"
        >
          <Pin size={14} aria-hidden /> Pin
        </button>
      )}
    </div>
  );
}
