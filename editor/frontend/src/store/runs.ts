/** The runs at this page: the list of the blueprint's, and the shown one, folded and live. */
import { create } from "zustand";

import { isOver, type RunEvent } from "../api/events";
import { ApiError, get, post } from "../api/http";
import { serverReached } from "../api/lines";
import { type Connection, openSocket, type Socket } from "../api/socket";
import { refusalOf } from "../model/labels";
import type { Bootstrap, Json, JsonObject, Run } from "../model/types";
import { breakpointsIn, openBreakpoints } from "./breakpoints";
import { compareWith, isComparing, leaveComparing, useCompared } from "./compared";
import { groupProblems, useDraft } from "./document";
import { type LogLine, NEW_RUN, type RunFold, type RunSummary, type StepView } from "./fold";
import { RunHistory } from "./history";
import { save } from "./save";
import { edgeCounts, nodeStatuses } from "./statuses";
import { say } from "./ui";

interface RunsState {
  /** The id of the run that is shown on the canvas. */
  shown: string | null;
  /** What the API says of it, with its document; null until that has come. */
  run: Run | null;
  summary: RunSummary;
  steps: readonly StepView[];
  log: readonly LogLine[];
  /** How many events the run has had so far. */
  count: number;
  /** After how many of them it is shown; null for as it is now. */
  at: number | null;
  /** Whether the run has ended by now, whatever moment of it is shown. */
  over: boolean;
  /** Why the run's events, or those after some of them, cannot be read: damaged, or pruned. */
  unreadable: { readonly code: string; readonly message: string } | null;
  list: readonly Run[];
  /** The next, older page of the list. */
  older: string | null;
  connection: Connection;
  starting: boolean;
  admin: string;
  /** Where approvals are given. */
  approvals: string;
}

const NOTHING = {
  shown: null,
  run: null,
  summary: NEW_RUN,
  steps: [] as readonly StepView[],
  log: [] as readonly LogLine[],
  count: 0,
  at: null,
  over: false,
  unreadable: null,
};

export const useRuns = create<RunsState>(() => ({
  ...NOTHING,
  list: [],
  older: null,
  connection: "connecting",
  starting: false,
  admin: "/admin/",
  approvals: "/approvals/",
}));

const POLL = 2000;
const UNREADABLE: ReadonlySet<string> = new Set(["journal_damaged", "journal_pruned"]);

let history = new RunHistory();
let socket: Socket | null = null;
let unfollow: (() => void) | null = null;
let frame = 0;

/** Open the page's socket, follow the blueprint's runs, and show the run that the address names. */
export function connectRuns(bootstrap: Bootstrap): void {
  const { id } = bootstrap.blueprint;
  useRuns.setState({ admin: bootstrap.urls.admin, approvals: bootstrap.urls.approvals });
  openBreakpoints(id);
  socket = openSocket(bootstrap.urls.socket);
  socket.onConnection = (connection) => {
    useRuns.setState({ connection });
    if (connection === "open") serverReached();
  };
  // That the blueprint itself is gone is told above the canvas, with what is left to do.
  socket.onError = ({ code, message, run, blueprint }) => {
    if (run && UNREADABLE.has(code)) {
      if (run === useCompared.getState().other) leaveIncomparable(message);
      return void unreadable(run, code, message);
    }
    if (!blueprint) say(run ? "This run is not there for you any more: it was deleted, or its blueprint was." : message, "danger");
  };
  socket.followBlueprint(id, takeNewest);
  socket.connect();
  void loadOlder(`runs/?blueprint=${id}`);
  const address = new URLSearchParams(window.location.search);
  const [named, other] = [address.get("run"), address.get("with")];
  if (named) showRun(named);
  if (named && other && named !== other) compareWith(other);
  setInterval(() => void pollWhileCutOff(), POLL);
}

/** Show a run on the canvas, or with null go back to plain editing. */
export function showRun(id: string | null): void {
  if (id === useRuns.getState().shown) return;
  unfollow?.();
  unfollow = null;
  leaveComparing();
  history = new RunHistory();
  nodeStatuses.clear();
  edgeCounts.clear();
  useRuns.setState({ ...NOTHING, shown: id });
  keepInAddress(id);
  if (id === null) return;
  unfollow = socket?.followRun(id, 0, (events) => take(id, events)) ?? null;
  void loadDetail(id);
}

export interface StartOptions {
  readonly trigger?: string | undefined;
  /** Only a part of the draft: up to a node, from a node on, or what has changed. */
  readonly part?: { to: string } | { from: string } | { reuse: true };
  /** Pause before the first step. */
  readonly paused?: boolean;
}

/** Save what is unsaved, start a run of the draft, and show it. Answers whether it started. */
export async function startRun(inputs: Json | undefined, { trigger, part, paused = false }: StartOptions = {}): Promise<boolean> {
  if (useRuns.getState().starting) return false;
  useRuns.setState({ starting: true });
  try {
    if (!(await save())) {
      say(useDraft.getState().saveMessage || "The draft could not be saved, so nothing was run.", "danger");
      return false;
    }
    const { id } = useDraft.getState().blueprint;
    const body = { inputs, draft: true, ...part, ...(trigger ? { trigger } : {}), ...debugged(paused) };
    const run = await post<Run>(`blueprints/${id}/runs/`, body);
    takeNewest([run]);
    showRun(run.id);
    return true;
  } catch (error) {
    refused(error);
    return false;
  } finally {
    useRuns.setState({ starting: false });
  }
}

/** A run is only under the debugger where somebody wants it to pause. */
function debugged(paused: boolean, of: Run | null = null): { debug?: unknown } {
  const { nodes, edges } = of?.document ?? {};
  const breakpoints = of ? breakpointsIn(new Set(Object.keys(nodes ?? {})), new Set(edges ?? [])) : breakpointsIn();
  return paused || breakpoints.length ? { debug: { breakpoints, paused } } : {};
}

/** From where a run is run again: its start, what failed, or steps that are named, one with other values if given. */
export type Again = "start" | "failed" | { step: string; inputs?: JsonObject } | { steps: readonly string[] };

/** What is run again: the drawing of the run, the published version, or the draft as it is now. */
export type Drawing = "same" | "published" | "draft";

/** What a run again would take over, and what it would not, and why. */
export interface Plan {
  readonly reused: readonly { readonly step: string }[];
  readonly repeated: readonly { readonly step: string; readonly reason: string }[];
}

/** Ask what running the shown run again would take over. Rejects with ApiError. */
export async function planAgain(from: Again, version: Drawing): Promise<Plan> {
  if (version === "draft") await save();
  return post<Plan>(`runs/${useRuns.getState().shown}/rerun/`, { from, version, dry: true });
}

/** Run the shown run again and show the new one: where nothing is said, one of the draft on the draft of now. */
export async function runAgain(from: Again, drawing?: Drawing): Promise<void> {
  const { shown, run, starting } = useRuns.getState();
  if (!shown || starting) return;
  useRuns.setState({ starting: true });
  try {
    const version = drawing ?? (run?.version === null ? "draft" : "same");
    if (version === "draft" && !(await save())) {
      say(useDraft.getState().saveMessage || "The draft could not be saved, so nothing was run.", "danger");
      return;
    }
    const body = { from, version, ...debugged(false, version === "same" ? run : null) };
    const made = await post<{ run: Run; reused: unknown[] }>(`runs/${shown}/rerun/`, body);
    takeNewest([made.run]);
    showRun(made.run.id);
    const { length } = made.reused;
    if (length) say(`${length === 1 ? "One step is" : `${length} steps are`} taken over, and not done again`);
  } catch (error) {
    refused(error);
  } finally {
    useRuns.setState({ starting: false });
  }
}

export async function cancelRun(id: string): Promise<void> {
  try {
    await post(`runs/${id}/cancel/`);
  } catch (error) {
    refused(error);
  }
}

/** Load more of the list: its first page, or the one after the last that is shown. */
export async function loadOlder(path = useRuns.getState().older): Promise<void> {
  if (!path) return;
  try {
    const page = await get<{ next: string | null; results: Run[] }>(inApi(path));
    const list = merged(useRuns.getState().list, page.results);
    useRuns.setState({ list, older: page.next });
  } catch (error) {
    refused(error);
  }
}

export function stepOf(path: string): StepView | undefined {
  return shownFold().steps.get(path);
}

/** The event of the shown run after which it has had `count` of them. */
export function eventAt(count: number): RunEvent | undefined {
  return history.events[count - 1];
}

/** Show the run as it was after `count` of its events; with null, as it is now. */
export function goTo(count: number | null): void {
  if (useRuns.getState().shown === null) return;
  const at = count === null ? null : Math.max(1, Math.min(count, history.events.length));
  if (at === useRuns.getState().at) return;
  useRuns.setState({ at });
  const fold = shownFold();
  nodeStatuses.replace(fold.nodes);
  edgeCounts.replace(fold.edges);
  useRuns.setState({ summary: fold.summary, steps: [...fold.steps.values()], log: [...fold.log] });
}

/** Go some events forward or back from what is shown. */
export function goBy(events: number): void {
  const { at, count } = useRuns.getState();
  if (count > 0) goTo((at ?? count) + events);
}

/** The shown run as it is now, whatever moment of it is shown. */
export function liveFold(): RunFold {
  return history.live;
}

/** Hear of the events of another run, from its first on; what is returned ends that. */
export function followOther(id: string, last: () => number, onEvents: (events: readonly RunEvent[]) => void): () => void {
  const stop = socket?.followRun(id, 0, onEvents);
  const poll = setInterval(() => {
    if (useRuns.getState().connection === "open") return;
    get<{ events: RunEvent[] }>(`runs/${id}/events/?after=${last()}`).then(({ events }) => onEvents(events), saidAlready);
  }, POLL);
  return () => {
    clearInterval(poll);
    stop?.();
  };
}

export function saidAlready(error: unknown): void {
  if (!(error instanceof ApiError)) throw error; // the connection's sign says it
}

function shownFold(): RunFold {
  const { at } = useRuns.getState();
  return at === null ? history.live : history.after(at);
}

/** Say what the server would not do, and show the problems that it names. */
export function refused(error: unknown): void {
  if (!(error instanceof ApiError)) throw error;
  if (error.problems.length) useDraft.setState({ problems: groupProblems(error.problems) });
  const { nodesById, types } = useDraft.getState();
  say(refusalOf(error.problems, nodesById, types) || error.message, "danger");
}

/** The API's `next` is a whole address; only its path is this page's business. */
function inApi(path: string): string {
  if (!/^https?:/.test(path)) return path;
  const address = new URL(path);
  return address.pathname + address.search;
}

async function loadDetail(id: string): Promise<void> {
  try {
    const run = await get<Run>(`runs/${id}/`);
    if (useRuns.getState().shown !== id) return;
    useRuns.setState({ run });
    if (useRuns.getState().unreadable !== null) endByRow(run);
  } catch (error) {
    if (useRuns.getState().shown !== id) return;
    if (error instanceof ApiError && error.status === 404) showRun(null);
    refused(error);
  }
}

/** Without a socket (a proxy may forbid it) the events still come, only later. */
async function pollWhileCutOff(): Promise<void> {
  const { connection, shown, over } = useRuns.getState();
  if (connection === "open" || !shown || over) return;
  try {
    const path = `runs/${shown}/events/?after=${history.live.lastSeq}`;
    take(shown, (await get<{ events: RunEvent[] }>(path)).events);
  } catch (error) {
    if (error instanceof ApiError && UNREADABLE.has(error.code)) return unreadable(shown, error.code, error.message);
    saidAlready(error);
  }
}

/** The events do not tell how the run stands: what its row says is asked for. */
async function unreadable(id: string, code: string, message: string): Promise<void> {
  if (useRuns.getState().shown !== id) return;
  useRuns.setState({ unreadable: { code, message } });
  if (isComparing()) leaveIncomparable(message);
  await loadDetail(id);
}

/** Where the events of a run are gone, all that the other one did would look like a difference. */
export function leaveIncomparable(message: string): void {
  leaveComparing();
  say(`These runs cannot be compared. ${message}`, "danger");
}

function endByRow(run: Run): void {
  if (!isOver(run.status)) return;
  history.live.endAs(run);
  soon();
}

function take(id: string, events: readonly RunEvent[]): void {
  if (useRuns.getState().shown !== id) return;
  for (const event of events) history.add(event);
  soon();
}

function soon(): void {
  if (frame) return;
  // A hidden page gets no animation frames, but its title and list go on.
  frame = document.hidden ? window.setTimeout(show, 200) : requestAnimationFrame(show);
}

function show(): void {
  frame = 0;
  const fold = history.live;
  const { nodes, edges } = fold.takeChanges();
  useRuns.setState({ count: history.events.length, over: isOver(fold.summary.status) });
  // Who looks at an earlier moment goes on looking at it.
  if (useRuns.getState().at !== null) return;
  nodeStatuses.put(present(nodes, fold.nodes));
  edgeCounts.put(present(edges, fold.edges));
  const { steps, log } = useRuns.getState();
  useRuns.setState({
    summary: fold.summary,
    steps: nodes.size ? [...fold.steps.values()] : steps,
    log: log.length === fold.log.length ? log : [...fold.log],
  });
}

function present<Value>(keys: Iterable<string>, values: ReadonlyMap<string, Value>): [string, Value][] {
  return [...keys].flatMap((key) => {
    const value = values.get(key);
    return value === undefined ? [] : [[key, value] as [string, Value]];
  });
}

export function takeNewest(runs: readonly Run[]): void {
  const { list, shown, over, unreadable: told } = useRuns.getState();
  useRuns.setState({ list: merged(list, runs) });
  if (shown && told !== null && !over && runs.some(({ id, status }) => id === shown && isOver(status))) void loadDetail(shown);
}

function stage(run: Run): number {
  return isOver(run.status) ? 2 : run.status === "queued" ? 0 : 1;
}

/**
 * Newest first. What came last is truest, but no run goes back: the answer to its start can
 * be slower than the news of its end.
 */
export function merged(before: readonly Run[], news: readonly Run[]): Run[] {
  const runs = new Map(before.map((run) => [run.id, run]));
  for (const run of news) {
    const known = runs.get(run.id);
    if (!known || stage(run) >= stage(known)) runs.set(run.id, { ...known, ...run });
  }
  return [...runs.values()].sort((a, b) => b.created.localeCompare(a.created));
}

function keepInAddress(id: string | null): void {
  const address = new URL(window.location.href);
  if (id) address.searchParams.set("run", id);
  else address.searchParams.delete("run");
  window.history.replaceState(window.history.state, "", address);
}
