/** Makes a test of the shown run, with nothing of its values cut. */
import { testFromRun } from "../model/caseFromRun";
import { firstMock } from "../model/cases";
import type { EndStatus, Json, Mock } from "../model/types";
import { triggersOf } from "../runs/inputs";
import { whole } from "../runs/large";
import { outputsToPin } from "../runs/partial";
import { addTest } from "../store/cases";
import { useDraft } from "../store/document";
import type { StepView } from "../store/fold";
import { goTo, refused, useRuns } from "../store/runs";
import { forms } from "../store/shapes";
import { say } from "../store/ui";

/** Where the run started, if a test would start elsewhere or check the inputs otherwise. */
function triggerOf(node: string | null | undefined): string | null {
  const { nodes, nodesById, types } = useDraft.getState();
  const kind = node ? nodesById.get(node)?.kind : undefined;
  if (!node || !kind) return null;
  return kind !== "trigger.manual" || triggersOf(nodes, types).length > 1 ? node : null;
}

async function wholeValues(values: Readonly<Record<string, Json>>): Promise<Record<string, Json>> {
  if ("$cut" in values) throw new RangeError("cut");
  const parts = Object.entries(values).map(async ([key, value]) => [key, await whole(value)] as const);
  return Object.fromEntries(await Promise.all(parts));
}

/** Only what nodes outside gave is kept in a test, so only that is read as a whole. */
async function wholeStep(step: StepView): Promise<StepView> {
  return step.status === "succeeded" ? { ...step, outputs: await wholeValues(step.outputs) } : step;
}

/** A mock to begin with: what the node gave in the shown run, or a blank of the right type. */
export async function mockFor(node: string): Promise<Mock> {
  const gave = outputsToPin(node);
  const blank = firstMock(forms().get(node)?.ports.outputs ?? []);
  if (!gave || "$cut" in gave) return blank;
  return wholeValues(gave).then(
    (outputs) => ({ outputs }),
    () => blank,
  );
}

function moment(seconds: number | null): string {
  return new Date((seconds ?? 0) * 1000).toLocaleString(undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
}

export async function makeTestFromRun(): Promise<void> {
  if (!useRuns.getState().over) return;
  goTo(null);
  const { run, steps, summary } = useRuns.getState();
  const { nodes, types } = useDraft.getState();
  const pins = run?.version === null ? (run.document?.nodes ?? {}) : {};
  const pinned = (node: string): boolean => Boolean(pins[node]?.pin);
  const kept = new Set(nodes.filter((node) => types.get(node.kind)?.effect !== "pure" || pinned(node.id)).map((node) => node.id));
  try {
    const made = testFromRun({
      name: `as the run of ${moment(summary.queued)}`,
      inputs: await whole(summary.inputs ?? run?.inputs ?? {}),
      trigger: triggerOf(run?.trigger_node),
      status: summary.status as EndStatus,
      outputs: summary.outputs && (await wholeValues(summary.outputs)),
      error: summary.error,
      steps: await Promise.all(steps.map((step) => (kept.has(step.node) ? wholeStep(step) : step))),
      nodes,
      pinned,
      types,
    });
    if (!addTest(made.test)) return;
    const { several } = made;
    say(several.length ? `${several.join(", ")} gave several things in that run: the test has the last of them` : "The test expects what this run did");
  } catch (error) {
    if (!(error instanceof RangeError)) refused(error);
    else say("The values of this run are too long for a test.", "danger");
  }
}
