/** A test made from a run: its inputs, what its nodes outside gave, and how it ended. */
import { tidied, worksOutside } from "./cases";
import type { DraftNode } from "./draft";
import type { EndStatus, Expect, Json, JsonObject, Mock, NodeSpec, RunError, TestCase } from "./types";
import { emptyTable } from "./own";

/** A step as a test needs it. */
export interface RunStep {
  readonly path: string;
  readonly node: string;
  readonly status: string;
  readonly outputs: Readonly<Record<string, Json>>;
  readonly error: RunError | null;
  readonly duration: number | null;
}

export interface RunFacts {
  name: string;
  inputs: Json | undefined;
  /** Where it started, if that has to be said. */
  trigger: string | null;
  status: EndStatus;
  outputs: Readonly<Record<string, Json>> | null;
  error: RunError | null;
  steps: readonly RunStep[];
  /** The nodes of the drawing, and which of them were stood in for by a pin in the run. */
  nodes: readonly DraftNode[];
  pinned: (node: string) => boolean;
  types: ReadonlyMap<string, NodeSpec>;
}

export interface MadeFromRun {
  test: TestCase;
  /** Nodes that gave one thing and then another: a mock can only give the last. */
  several: string[];
}

/** Seconds from which a node is taken for one that a test should not wait for. */
const SLOW = 2;

function mockOf(step: RunStep | undefined): Mock {
  if (step?.status === "succeeded") return { outputs: { ...step.outputs } };
  if (step?.status !== "failed") return { outputs: {} };
  const failed: Partial<RunError> = step.error ?? {};
  const error: JsonObject = { message: failed.message ?? "" };
  if (failed.code) error.code = failed.code;
  if (typeof failed.kind === "string") error.kind = failed.kind;
  if (failed.data && Object.keys(failed.data).length) error.data = failed.data;
  return { error };
}

function endOf({ status, outputs, error }: RunFacts): Expect {
  if (status === "succeeded") return { outputs: { ...outputs } };
  if (status === "cancelled" || !error) return { status };
  const { code, step, message } = error;
  return { status, error: { code, ...(step ? { step } : {}), message } };
}

/** Make a test that runs as this run did. */
export function testFromRun(facts: RunFacts): MadeFromRun {
  const { nodes, steps, types, pinned, inputs } = facts;
  const mocks = emptyTable<Mock>();
  const several: string[] = [];
  const ran: string[] = [];
  const spared: string[] = [];
  for (const node of nodes) {
    // The items of a mapped node are within its step as a whole.
    const own = steps.filter((step) => step.node === node.id && !step.path.endsWith("]"));
    const ended = own.filter((step) => step.status === "succeeded" || step.status === "failed");
    const outside = worksOutside(node, types);
    const slow = !types.get(node.kind)?.begins.length && ended.some((step) => (step.duration ?? 0) >= SLOW);
    if (!outside && !pinned(node.id) && !slow) continue;
    const last = ended.at(-1);
    if (!last && !outside) continue;
    mocks[node.id] = mockOf(last);
    if (outside) (last ? ran : spared).push(node.id);
    if (ended.some((step) => JSON.stringify(mockOf(step)) !== JSON.stringify(mocks[node.id]))) several.push(node.id);
  }
  const given = inputs !== null && typeof inputs === "object" && !Array.isArray(inputs) ? inputs : {};
  const expect: Expect = { ...endOf(facts), ran, not_ran: spared };
  const test = tidied({ name: facts.name, inputs: given, trigger: facts.trigger, mocks, expect });
  return { test, several };
}
