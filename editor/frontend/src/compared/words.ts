/** How the two runs and what they do not have in common are called. */
import { clock } from "../runs/format";
import type { Side } from "./state";
import type { Aspect, NodeDifference, Parting, Sign, StepDifference } from "./twoRuns";

export const SIDES = ["Earlier", "Later"] as const;

export const SIGN_WORDS: Readonly<Record<Sign, string>> = {
  "+": "only in the later run",
  "-": "only in the earlier run",
  "~": "in both runs, and not the same",
};

const ASPECT_WORDS: Record<Aspect, string> = { status: "status", inputs: "input", outputs: "output", error: "error" };

/** "v2 · failed · 12:04:05". */
export function nameOf({ run, fold }: Side): string {
  const began = Date.parse(run.created) / 1000;
  return `${run.version === null ? "draft" : `v${run.version}`} · ${fold.summary.status} · ${clock(began).slice(0, 8)}`;
}

export function aspectWords(aspects: readonly Aspect[]): string {
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

/** Why they part there. */
export function partingWords({ aspects }: Parting): string {
  if (aspects.includes("status")) return "the same came in, and it ended otherwise";
  return aspects.includes("error") && !aspects.includes("outputs")
    ? "the same came in, and another error came out"
    : "the same came in, and something else came out";
}
