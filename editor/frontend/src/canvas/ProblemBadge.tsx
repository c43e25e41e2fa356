/** The sign at a node's corner that something is wrong with it; pointing at it says what. */
import { TriangleAlert } from "lucide-react";

import { plainWords } from "../model/sentences";
import { useProblems } from "../store/document";

export function ProblemBadge({ id }: { id: string }) {
  const problems = useProblems(id);
  if (!problems.length) return null;
  const error = problems.some((problem) => problem.severity === "error");
  const text = problems.map((problem) => plainWords(problem.message)).join("\n");
  return (
    <span
      className={`card-problem ${error ? "is-error" : "is-warning"}`}
      title={text}
      role="img"
      aria-label={text}
      data-testid={`problem-${id}`}
    >
      <TriangleAlert size={13} strokeWidth={2.25} aria-hidden />
    </span>
  );
}
