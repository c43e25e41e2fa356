/** The sign at a node's corner that something is wrong with it; pointing at it says what. */
import { TriangleAlert } from "lucide-react";

import { useShallow } from "zustand/react/shallow";

import { heldBy } from "../model/frames";
import { sentenceOf } from "../model/labels";
import { plainWords } from "../model/sentences";
import type { NodeSpec } from "../model/types";
import { useDraft } from "../store/document";
import { forms } from "../store/shapes";

/** `within`: also those of what it holds, which is not drawn. */
export function ProblemBadge({ id, within = false }: { id: string; within?: boolean }) {
  const problems = useDraft(
    useShallow((state) => {
      const shown = within ? [id, ...heldBy(forms(), new Set([id]))] : [id];
      return shown.flatMap((node) => state.problems.get(node) ?? []);
    }),
  );
  if (!problems.length) return null;
  const error = problems.some((problem) => problem.severity === "error");
  const { nodesById, types } = useDraft.getState();
  const specOf = (node = ""): NodeSpec | undefined => types.get(nodesById.get(node)?.kind ?? "");
  const told = problems.map((problem) => plainWords(sentenceOf(problem, specOf(problem.node)?.parameters)));
  const text = [...new Set(told)].join("\n");
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
