/** The problems of the drawing; a click selects the node that has it. */
import { CircleCheck, TriangleAlert } from "lucide-react";
import { useMemo } from "react";

import { useDraft } from "../store/document";
import { select } from "../store/selection";
import { ProblemText } from "./ProblemText";

export function ProblemList() {
  const grouped = useDraft((state) => state.problems);
  const nodes = useDraft((state) => state.nodesById);
  const problems = useMemo(() => [...grouped.values()].flat(), [grouped]);
  if (problems.length === 0) {
    return (
      <p className="problems-none">
        <CircleCheck size={15} aria-hidden /> No problems
      </p>
    );
  }
  return (
    <ul className="problems" data-testid="problems">
      {problems.map((problem, index) => {
        const node = problem.node ?? problem.edge?.split(".")[0];
        return (
          <li key={index} data-severity={problem.severity}>
            <button type="button" disabled={!node || !nodes.has(node)} onClick={() => node && select([node])}>
              <TriangleAlert size={14} aria-label={problem.severity} />
              <span>
                {node && <code>{node}</code>} <ProblemText node={node} problem={problem} />
              </span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}
