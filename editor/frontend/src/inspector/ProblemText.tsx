/** A problem's sentence, which often begins with the id that stands before it. */
import { sentenceOf } from "../model/labels";
import type { Problem } from "../model/types";
import { useDraft } from "../store/document";
import { Words } from "./Words";

export function ProblemText({ node, problem }: { node: string | undefined; problem: Problem }) {
  const kind = useDraft((state) => state.nodesById.get(node ?? "")?.kind);
  const message = sentenceOf(problem, useDraft((state) => state.types.get(kind ?? "")?.parameters));
  const rest = node && message.startsWith(`${node} `) ? message.slice(node.length + 1) : message;
  return <Words text={rest} />;
}
