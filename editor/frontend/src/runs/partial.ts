/** Runs of a part of the draft, and pins: what people do with one node while they build. */
import { ArrowRightFromLine, ArrowRightToLine, CircleHelp, Diff, Pin } from "lucide-react";

import type { Action } from "../actions/types";
import { showTab } from "../inspector/state";
import { framesAround } from "../model/frames";
import { setPin } from "../model/draft";
import type { Json, JsonObject } from "../model/types";
import { asStep, doc, useDraft } from "../store/document";
import { startRun, useRuns } from "../store/runs";
import { useSelection } from "../store/selection";
import { drawing } from "../store/shapes";
import { say, setPanels } from "../store/ui";
import { inputsSchema, rememberedInputs } from "./inputs";
import { whole } from "./large";
import { emptyTable } from "../model/own";

/** The node that a run of a part is named by: a frame runs as a whole, so it stands for what it holds. */
export function runsAs(node: string): string {
  return framesAround(drawing.members(), node).at(-1) ?? node;
}

/** Run a part of the draft. Inputs are those of the last run, where there is one. */
async function runPart(part: { to: string } | { from: string } | { reuse: true }): Promise<void> {
  const { inputs, blueprint } = useDraft.getState();
  const first = useRuns.getState().list.length === 0;
  const given = inputsSchema(inputs) ? rememberedInputs(blueprint.id) : {};
  await startRun(first && !("from" in part) ? given : undefined, { part });
}

export const runTo = (node: string): Promise<void> => runPart({ to: runsAs(node) });
export const runFrom = (node: string): Promise<void> => runPart({ from: runsAs(node) });

/** What a node's last step of the shown run gave out; undefined where it gave nothing. */
export function outputsToPin(node: string): Readonly<Record<string, Json>> | undefined {
  const step = useRuns.getState().steps.findLast((one) => one.node === node && one.status === "succeeded");
  return step && Object.keys(step.outputs).length ? step.outputs : undefined;
}

/** Let a node's last outputs stand in for it in runs of the draft. */
export async function pin(node: string): Promise<void> {
  const outputs = outputsToPin(node);
  if (!outputs) return;
  if ("$cut" in outputs) {
    say("These outputs are too long to be pinned.", "danger");
    return;
  }
  const pinned = emptyTable<Json>();
  for (const [port, value] of Object.entries(outputs)) pinned[port] = await whole(value);
  asStep(() => setPin(doc, node, pinned));
  say("Pinned: runs of the draft take these outputs and do not run the node");
}

/** Let other outputs stand in for the node. */
export function editPin(node: string, outputs: JsonObject): void {
  setPin(doc, node, outputs);
}

export function unpin(node: string): void {
  asStep(() => setPin(doc, node, undefined));
}

function theNode(): string | undefined {
  const { nodes } = useSelection.getState();
  const [id] = nodes;
  return nodes.size === 1 && id !== undefined && useDraft.getState().nodesById.has(id) ? id : undefined;
}

function onNode(work: (node: string) => void): () => void {
  return () => {
    const node = theNode();
    if (node !== undefined) work(node);
  };
}

function canPin(): boolean {
  const node = theNode();
  return node !== undefined && Boolean(useDraft.getState().nodesById.get(node)?.pin ?? outputsToPin(node));
}

/** The same for the selected node, for menus and keys. */
export const partActions: Action[] = [
  { name: "run-to", label: "Run to here", group: "Run", keys: ["R"], icon: ArrowRightToLine, enabled: () => theNode() !== undefined, perform: onNode((node) => void runTo(node)) },
  { name: "run-from", label: "Run from here", group: "Run", keys: ["Shift+R"], icon: ArrowRightFromLine, enabled: () => theNode() !== undefined && useRuns.getState().list.length > 0, perform: onNode((node) => void runFrom(node)) },
  { name: "run-changed", label: "Run what has changed", group: "Run", icon: Diff, enabled: () => useRuns.getState().list.length > 0, perform: () => void runPart({ reuse: true }) },
  {
    name: "pin",
    label: "Pin or unpin its outputs",
    group: "Run",
    keys: ["P"],
    icon: Pin,
    enabled: canPin,
    perform: onNode((node) => (useDraft.getState().nodesById.get(node)?.pin ? unpin(node) : void pin(node))),
  },
  {
    name: "why",
    label: "Why did it run, or not?",
    group: "Run",
    needs: "view",
    keys: ["W"],
    icon: CircleHelp,
    enabled: () => theNode() !== undefined && useRuns.getState().shown !== null,
    perform: () => {
      showTab("run");
      setPanels({ inspector: true });
    },
  },
];
