/** A problem's sentence, which often begins with the id that stands before it. */
import type { Problem } from "../model/types";
import { Words } from "./Words";

export function ProblemText({ node, problem }: { node: string | undefined; problem: Problem }) {
  const { message } = problem;
  const rest = node && message.startsWith(`${node} `) ? message.slice(node.length + 1) : message;
  return <Words text={rest} />;
}
