/** The debugger of the shown run: what it is asked, how it stands, and the actions for both. */
import { CirclePause, CirclePlay, OctagonMinus, OctagonPause, OctagonX, Play, Redo } from "lucide-react";
import { create } from "zustand";

import type { Action } from "../actions/types";
import { nodeOfStep } from "../api/events";
import { ApiError, get, post, request } from "../api/http";
import type { Json } from "../model/types";
import {
  breakpointOf,
  breakpointsIn,
  clearBreakpoints,
  onBreakpoints,
  someBreakpoints,
  toggleBreakpoint,
} from "../store/breakpoints";
import { useDraft } from "../store/document";
import { type Held, heldNodes, tokensOnEdges } from "../store/held";
import { useRuns } from "../store/runs";
import { useSelection } from "../store/selection";
import { say } from "../store/ui";
import { tokensLeft } from "./writing";

export interface Token {
  readonly id: string;
  readonly node: string;
  readonly port: string;
  readonly type: string;
  readonly step: string | null;
  readonly place: string;
  readonly edge: string | null;
  readonly value: Json;
  readonly size: number;
  readonly large: boolean;
}

export interface Debugged {
  readonly run: string;
  readonly at: number;
  readonly paused: boolean;
  /** The number of this pause. */
  readonly pause: number | null;
  readonly breakpoint: { readonly node?: string; readonly edge?: string } | null;
  readonly reason: "" | "start" | "asked" | "breakpoint" | "step";
  readonly step: string | null;
  readonly held: readonly string[];
  readonly tokens: readonly Token[];
}

interface DebugState {
  /** How the shown run stands while it is paused; null otherwise. */
  now: Debugged | null;
  busy: boolean;
}

export const useDebug = create<DebugState>(() => ({ now: null, busy: false }));

/** Runs that somebody started can have breakpoints; others can be paused. */
const OF_PEOPLE = new Set(["manual", "api", "cli"]);

function isPaused(): boolean {
  const { summary, at } = useRuns.getState();
  return summary.status === "paused" && at === null;
}

function isLive(): boolean {
  const { shown, over, at } = useRuns.getState();
  return shown !== null && !over && at === null;
}

function show(now: Debugged | null): void {
  useDebug.setState({ now });
  const nodes = new Map<string, Held>();
  const edges = new Map<string, number>();
  if (now?.paused) {
    for (const [place, step] of now.held.entries()) {
      const node = nodeOfStep(step);
      if (!nodes.has(node)) nodes.set(node, place === 0 ? "next" : "held");
    }
    if (now.step && now.reason === "breakpoint" && !now.breakpoint?.edge) nodes.set(nodeOfStep(now.step), "hit");
    for (const { edge } of now.tokens) if (edge) edges.set(edge, (edges.get(edge) ?? 0) + 1);
    tokensLeft(new Set(now.tokens.map(({ id }) => id)));
  }
  heldNodes.replace(nodes);
  tokensOnEdges.replace(edges);
}

let asking = false;
let again = false;

/** Ask how the shown run stands; one question at a time, and the last one counts. */
async function look(): Promise<void> {
  if (asking) {
    again = true;
    return;
  }
  asking = true;
  try {
    do {
      again = false;
      const { shown } = useRuns.getState();
      if (!shown || !isPaused()) break;
      const now = await get<Debugged>(`runs/${shown}/tokens/`);
      if (useRuns.getState().shown === shown && isPaused()) show(now);
    } while (again);
  } catch (error) {
    refused(error);
  } finally {
    asking = false;
    if (!isPaused()) show(null);
  }
}

let seen = "";
/** The run that is to have the breakpoints as they are now, once its drawing is known. */
let owed: string | null = null;

/** Follow the shown run, and send it the breakpoints that are changed while it lives. */
export function followDebugger(): void {
  const follow = ({ shown, count, summary, at, over }: ReturnType<typeof useRuns.getState>): void => {
    const now = `${shown} ${count} ${summary.status} ${at}`;
    if (now === seen) return;
    seen = now;
    if (over) tokensLeft(new Set());
    if (isPaused()) void look();
    else if (useDebug.getState().now) show(null);
    sendBreakpoints();
  };
  useRuns.subscribe(follow);
  // The run may have been there before this part was loaded.
  follow(useRuns.getState());
  onBreakpoints(() => {
    owed = isLive() ? useRuns.getState().shown : null;
    sendBreakpoints();
  });
}

function sendBreakpoints(): void {
  const { shown, run } = useRuns.getState();
  if (owed !== shown || !run?.document) return;
  owed = null;
  if (!isLive() || !OF_PEOPLE.has(run.trigger)) return;
  const nodes = new Set(Object.keys(run.document.nodes ?? {}));
  const breakpoints = breakpointsIn(nodes, new Set(run.document.edges ?? []));
  void ask("breakpoints", "PUT", { breakpoints });
}

let before: Promise<unknown> = Promise.resolve();

/** Ask the debugger for something, after what it was asked before: it does things in the order of their arrival. */
function ask(path: string, method: "POST" | "PUT", body: unknown): Promise<boolean> {
  const { shown } = useRuns.getState();
  if (!shown) return Promise.resolve(false);
  const answer = before.then(() => send(shown, path, method, body));
  before = answer.catch(() => undefined);
  return answer;
}

/** Send the debugger one question, and show how the run stands then. Answers whether it was done. */
async function send(run: string, path: string, method: "POST" | "PUT", body: unknown): Promise<boolean> {
  useDebug.setState({ busy: true });
  try {
    const { data } = await request<Debugged>(`runs/${run}/${path}/`, { method, body });
    if (useRuns.getState().shown === run && data.paused && isPaused()) show(data);
    return true;
  } catch (error) {
    refused(error);
    return false;
  } finally {
    useDebug.setState({ busy: false });
  }
}

function refused(error: unknown): void {
  if (!(error instanceof ApiError)) throw error;
  say(error.problems[0]?.message ?? error.message, "danger");
}

export async function pauseRun(): Promise<void> {
  const { shown } = useRuns.getState();
  try {
    if (shown) await post(`runs/${shown}/pause/`);
  } catch (error) {
    refused(error);
  }
}

let ended = "";

/** Which pause is meant: the one that is shown, which somebody else may have ended by then. Whoever steps quickly means
 *  the next one, too, which is not shown yet. */
function meant(): { pause?: number } {
  const { run, pause } = useDebug.getState().now ?? {};
  if (!pause || ended === `${run} ${pause}`) return {};
  ended = `${run} ${pause}`;
  return { pause };
}

const continueRun = (): Promise<boolean> => ask("continue", "POST", meant());
/** Let one step begin: the next, or the one that is named; over a frame: all that is in it. */
const stepRun = (more: { step?: string; over?: boolean } = {}): Promise<boolean> => ask("step", "POST", { ...more, ...meant() });
export const editToken = (token: string, value: Json): Promise<boolean> => ask("tokens", "PUT", { token, value });

/** A token with its value, however large. */
export async function wholeToken(id: string): Promise<Token | undefined> {
  const { shown } = useRuns.getState();
  return (await get<Debugged>(`runs/${shown}/tokens/?token=${encodeURIComponent(id)}`)).tokens[0];
}

/** The selected nodes and edges that can have a breakpoint. */
function chosen(): { nodes: string[]; edges: string[] } {
  const { nodes, edges } = useSelection.getState();
  const { nodesById } = useDraft.getState();
  return { nodes: [...nodes].filter((id) => nodesById.has(id)), edges: [...edges] };
}

/** Of several, all get one where some have none; else all lose theirs. */
function toggleChosen(where: "before" | "after"): void {
  const { nodes, edges } = chosen();
  const has = (id: string): boolean => [where, "both", "edge"].includes(breakpointOf(id) ?? "");
  const all = where === "after" ? nodes : [...nodes, ...edges];
  const on = all.some((id) => !has(id));
  for (const id of all) if (has(id) !== on) toggleBreakpoint(id, nodes.includes(id) ? where : "edge");
  say(`${on ? "Breakpoint set" : "Breakpoint taken away"}: ${all.join(", ")}`);
}

export const debugActions: Action[] = [
  { name: "pause-run", label: "Pause the run", group: "Run", needs: "run", keys: ["F8"], icon: CirclePause, enabled: () => isLive() && !isPaused(), perform: () => void pauseRun() },
  { name: "continue-run", label: "Continue the run", group: "Run", needs: "run", keys: ["F8"], icon: Play, enabled: isPaused, perform: () => void continueRun() },
  { name: "step-run", label: "One step", group: "Run", needs: "run", keys: ["F10"], icon: CirclePlay, enabled: isPaused, perform: () => void stepRun() },
  { name: "step-over", label: "One step, a frame as a whole", group: "Run", needs: "run", keys: ["Alt+F10"], icon: Redo, enabled: isPaused, perform: () => void stepRun({ over: true }) },
  { name: "breakpoint", label: "Breakpoint on or off", group: "Run", needs: "run", keys: ["F9"], icon: OctagonPause, enabled: () => chosen().nodes.length + chosen().edges.length > 0, perform: () => toggleChosen("before") },
  { name: "breakpoint-after", label: "Breakpoint behind it on or off", group: "Run", needs: "run", keys: ["Shift+F9"], icon: OctagonMinus, enabled: () => chosen().nodes.length > 0, perform: () => toggleChosen("after") },
  { name: "no-breakpoints", label: "Take all breakpoints away", group: "Run", needs: "run", icon: OctagonX, enabled: someBreakpoints, perform: clearBreakpoints },
];
