/** Says at a node whether a test went through it: by a sign and a word, not by colour alone. */
import { Check, CircleDashed } from "lucide-react";

import type { Covered } from "../store/coverage";

export function CoverageMark({ covered }: { covered: Covered }) {
  const went = covered === "covered";
  const Icon = went ? Check : CircleDashed;
  return (
    <span className="coverage-mark" title={went ? "A test went through it" : "No test went through it"}>
      <Icon size={11} strokeWidth={2.5} aria-hidden />
      {went ? "covered" : "never"}
    </span>
  );
}
