/** Explains, above the canvas, what the marks of the coverage mean, with how many there are. */
import { Check, CircleDashed, X } from "lucide-react";

import { type Coverage, showCoverage, useCases } from "../store/cases";

const counted = (part: Coverage["nodes"]): string => `${part.covered.length} of ${part.covered.length + part.missed.length}`;

function Line({ missed = false }: { missed?: boolean }) {
  return (
    <svg className={missed ? "is-missed" : "is-covered"} width="22" height="6" viewBox="0 0 22 6" aria-hidden>
      <path d="M0 3H22" />
    </svg>
  );
}

export function CoverageLegend() {
  const covering = useCases((state) => state.covering);
  const coverage = useCases((state) => state.coverage);
  if (!covering || !coverage) return null;
  return (
    <section className="coverage-legend" aria-label="What the tests covered" data-testid="coverage-legend">
      <strong>{coverage.tests === 1 ? "One test" : `${coverage.tests} tests`}</strong>
      <span role="status" data-testid="coverage-counts">
        nodes {counted(coverage.nodes)}, edges {counted(coverage.edges)}
      </span>
      <span className="coverage-key is-covered">
        <Check size={11} strokeWidth={2.5} aria-hidden />
        <Line /> covered
      </span>
      <span className="coverage-key is-missed">
        <CircleDashed size={11} strokeWidth={2.5} aria-hidden />
        <Line missed /> never
      </span>
      <button type="button" className="small-tool" aria-label="Hide the coverage" title="Hide it (Shift+C)" onClick={() => showCoverage(false)}>
        <X size={13} aria-hidden />
      </button>
    </section>
  );
}
