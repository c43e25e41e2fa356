/** Two runs on one canvas: what was drawn in either, with marks of how they differ and a banner. */
import { ArrowLeft, GitCompareArrows } from "lucide-react";
import { useMemo } from "react";

import { StatusChip } from "../canvas/StatusChip";
import { leaveComparing, lookAtNode, useCompared } from "../store/compared";
import { Reader } from "../versions/Reader";
import { type Marks, MarksContext } from "../versions/seen";
import { useComparing, useTwoRuns } from "./state";
import { namesOf, SIDES, SIGN_WORDS } from "./words";

/** How a node stood in the earlier run, and in the later one. */
function Beside({ id }: { id: string }) {
  useTwoRuns((state) => state.found);
  const sides = useTwoRuns((state) => state.sides);
  const states = sides?.map(({ fold }) => fold.nodes.get(id));
  if (!states?.some(Boolean)) return null;
  return (
    <span className="compared-chips">
      {states.map((state, side) => (
        <span key={side} className={state ? `status-${state.status}` : "compared-none"} title={`${SIDES[side]} run`} data-testid={`chip-${id}-${side}`}>
          {state ? <StatusChip status={state} /> : "–"}
        </span>
      ))}
    </span>
  );
}

function Banner() {
  const sides = useTwoRuns((state) => state.sides);
  useTwoRuns((state) => state.found);
  return (
    <div className="reading-banner comparing-banner" role="status" data-testid="comparing">
      <GitCompareArrows size={16} aria-hidden />
      <p>
        <strong>Two runs</strong>
        {sides && (
          <span className="reading-about">{namesOf(sides).join(" → ")}</span>
        )}
      </p>
      <button type="button" className="button" onClick={leaveComparing}>
        <ArrowLeft size={15} aria-hidden />
        Back to the run
      </button>
    </div>
  );
}

export function Comparing() {
  useComparing();
  const drawn = useTwoRuns((state) => state.drawn);
  const found = useTwoRuns((state) => state.found);
  const node = useCompared((state) => state.node);
  const marks = useMemo((): Marks => {
    const nodes = new Map<string, "+" | "-" | "~">();
    const edges = new Map<string, "+" | "-">();
    for (const one of found?.differences ?? []) {
      if (one.kind === "node") nodes.set(one.node, one.sign);
      else edges.set(one.edge, one.sign);
    }
    return { comparing: found !== null, nodes, edges, words: SIGN_WORDS, Beside };
  }, [found]);
  return (
    <section className="reading reading-runs" aria-label="Two runs compared">
      <Banner />
      {drawn && (
        <MarksContext value={marks}>
          <Reader drawn={drawn} label="Two runs compared" node={node} onNode={(id) => lookAtNode(id)} />
        </MarksContext>
      )}
    </section>
  );
}
