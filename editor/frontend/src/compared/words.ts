/** How the two runs and what they do not have in common are called. */
import { momentsOf } from "../runs/format";
import type { Side } from "./state";
import type { Aspect, NodeDifference, Parting, Sign, StepDifference, TwoRuns } from "./twoRuns";

export const SIDES = ["Earlier", "Later"] as const;

export const SIGN_WORDS: Readonly<Record<Sign, string>> = {
  "+": "only in the later run",
  "-": "only in the earlier run",
  "~": "in both runs, and not the same",
};

const ASPECT_WORDS: Record<Aspect, string> = { status: "status", inputs: "input", outputs: "output", error: "error" };

/** "v2 · failed · 12:04:05" of each; of the same second by the millisecond, as in the list of runs. */
export function namesOf(sides: readonly Side[]): string[] {
  const moments = momentsOf(sides.map(({ run }) => run), Date.now());
  const name = ({ run, fold }: Side): string =>
    `${run.version === null ? "draft" : `v${run.version}`} · ${fold.summary.status} · ${moments.get(run.id)}`;
  return sides.map(name);
}

function aspectWords(aspects: readonly Aspect[]): string {
  return aspects.map((aspect) => ASPECT_WORDS[aspect]).join(", ");
}

/** What of a node differs, and how often: "output, 3 of 10 firings". */
export function differenceWords({ sign, aspects, firings, steps }: NodeDifference): string {
  const [earlier, later] = firings;
  if (sign !== "~") return `ran only in the ${sign === "+" ? "later" : "earlier"} run`;
  const parts = aspects.size ? [aspectWords([...aspects.keys()])] : [];
  if (earlier !== later) parts.push(`fired ${earlier} times, then ${later}`);
  else if (earlier > 1) parts.push(`${steps.length.toLocaleString("en")} of ${earlier.toLocaleString("en")} firings`);
  else if (!parts.length) parts.push("other firings");
  return parts.join(" · ");
}

export function stepWords({ path, sign, aspects }: StepDifference): string {
  return `${path} · ${sign === "~" ? aspectWords(aspects) : SIGN_WORDS[sign]}`;
}

/** Why they part there: of a step that nothing came into, that is what the run was started with. */
export function partingWords({ path, aspects }: Parting, { inputsDiffer }: TwoRuns, [earlier]: readonly [Side, Side]): string {
  const begins = Object.keys(earlier.fold.steps.get(path)?.inputs ?? {}).length === 0;
  if (begins && inputsDiffer) return "they were started with different inputs";
  const came = begins ? "" : "the same came in, and ";
  if (aspects.includes("status")) return `${came}it ended otherwise`;
  return `${came}${aspects.includes("error") && !aspects.includes("outputs") ? "another error" : "something else"} came out`;
}
