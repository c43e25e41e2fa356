/** Saving and publishing: what is changed here goes to the server by itself and is merged there. */
import * as Y from "yjs";

import { ApiError, get, post, request } from "../api/http";
import { serverReached, tryWithOthers } from "../api/lines";
import { ANSWER_WITHIN, Link, type LinkState, type Me, type News } from "../api/link";
import { openWire } from "../api/socket";
import { LOCAL, REMOTE } from "../model/draft";
import type { Blueprint, Bootstrap, Problem } from "../model/types";
import {
  asStep,
  currentDocument,
  doc,
  followDocument,
  groupProblems,
  keepApart,
  type SaveState,
  takeBlueprint,
  useDraft,
} from "./document";
import { draftToGive } from "./given";
import { forget, keep, kept, keyOf } from "./kept";
import type { Changed } from "./changed";
import { joinPeople, peopleHere, takePeople } from "./people";
import { may } from "./rights";
import { limitSize, outgrown, takeBack } from "./size";
import { say } from "./ui";

const PUSH_ALONE = 400;
const PUSH_TOGETHER = 120;
const CHECK_AFTER = 700;
const KEEP_AFTER = 1000;
const WAIT_AT_MOST = 12_000;
const SIGNED_OUT = "You are signed out. Sign in again in another tab; your work is kept here.";
const AWAY = "The server can't be reached. Your work is kept here.";

/** Changes that the server may not have: not sent yet, and sent but not answered. */
let pending: Uint8Array[] = [];
let sent: Uint8Array[] = [];
/** The person has changed something since; a place that the page gave waits for that. */
let edited = false;
let sentEdited = false;
let refusal = "";
let link: Link | null = null;
let pushing: ReturnType<typeof setTimeout> | undefined;
let checking: ReturnType<typeof setTimeout> | undefined;
let keeping: ReturnType<typeof setTimeout> | undefined;
let waiters: ((saved: boolean) => void)[] = [];
let onRemote: () => void = () => undefined;
/** What pages have left here and this one has taken up. */
const taken = new Set<string>();

/** The line to the others; null until the page has been drawn. */
export function currentLink(): Link | null {
  return link;
}

function stateNow(state: LinkState): [SaveState, string] {
  if (state === "gone") return ["gone", `“${useDraft.getState().name}” is not there for you any more.`];
  if (state === "changed") return ["gone", "What you may do with this blueprint has changed."];
  if (!edited && !sentEdited) return ["saved", ""];
  if (refusal) return ["refused", refusal];
  if (state === "signed-out") return ["refused", SIGNED_OUT];
  if (state === "offline") return ["offline", AWAY];
  return [sentEdited ? "saving" : "unsaved", ""];
}

function show(): void {
  const [saveState, saveMessage] = stateNow(link?.state ?? "connecting");
  const now = useDraft.getState();
  if (saveState !== now.saveState || saveMessage !== now.saveMessage) useDraft.setState({ saveState, saveMessage });
  const over = saveState === "saved" || (saveState !== "saving" && saveState !== "unsaved");
  if (!over) return;
  const told = waiters;
  waiters = [];
  for (const tell of told) tell(saveState === "saved");
}

function onUpdate(update: Uint8Array, origin: unknown): void {
  if (origin === REMOTE || !may("edit")) return;
  pending.push(update);
  if (pending.length > 100) pending = [Y.mergeUpdates(pending)];
  // Places that the page gives to nodes without one are no edit, and go along with the next.
  if (origin === "server") return;
  edited = true;
  refusal = "";
  show();
  // What undoes it is a change of its own, once this one is over.
  if (outgrown(update)) queueMicrotask(shrink);
  pushSoon();
  if (link?.state !== "open") keepSoon();
}

/** Undo what is too large to be saved; what is sent then holds nothing of it. */
function shrink(): boolean {
  const whole = takeBack();
  if (!whole) return false;
  pending = [whole];
  return true;
}

function pushSoon(): void {
  if (pushing !== undefined) return;
  pushing = setTimeout(push, peopleHere() ? PUSH_TOGETHER : PUSH_ALONE);
}

function push(): void {
  clearTimeout(pushing);
  pushing = undefined;
  if (edited) link?.wake();
}

function restored(): void {
  pending = [...sent, ...pending];
  edited ||= sentEdited;
  sent = [];
  sentEdited = false;
}

const EVENTS = {
  state(state: LinkState): void {
    keepApart(peopleHere() || state !== "open");
    if (state !== "open") takePeople(null);
    show();
  },
  joined(behind: boolean, me: Me): void {
    if (behind && may("edit")) {
      // The server was set back to an earlier day: it gets all that this page knows.
      pending = [Y.encodeStateAsUpdate(doc)];
      edited = true;
    }
    joinPeople(me);
    show();
    serverReached();
  },
  changed(updates: Uint8Array[]): void {
    Y.applyUpdate(doc, Y.mergeUpdates(updates), REMOTE);
    onRemote();
  },
  revised(revision: number): void {
    const { blueprint } = useDraft.getState();
    if (revision === blueprint.revision) return;
    useDraft.setState({ blueprint: { ...blueprint, revision, changed: true } });
    checkSoon();
  },
  people(people: NonNullable<News["people"]>): void {
    takePeople(people);
    keepApart(peopleHere() || link?.state !== "open");
  },
  take(): Uint8Array | null {
    if (!edited || refusal) return null;
    [sent, pending] = [pending, []];
    [sentEdited, edited] = [true, false];
    show();
    return Y.mergeUpdates(sent);
  },
  saved(): void {
    sent = [];
    sentEdited = false;
    if (edited) pushSoon();
    else forgetKept();
    show();
  },
  refused(message: string, code: string): void {
    restored();
    // Others may have made it larger meanwhile.
    if (code === "too_large" && shrink()) pushSoon();
    else refusal = message;
    show();
  },
  lost(): void {
    restored();
    show();
    keepSoon();
  },
};

/** Collect whatever is changed here, with what was already, and bring back what the last page could not save. */
export function startSaving(changed: Changed, afterRemote: () => void): void {
  onRemote = afterRemote;
  for (const { update, origin } of changed.take()) onUpdate(update, origin);
  doc.on("update", onUpdate);
  window.addEventListener("online", () => link?.connect());
  window.addEventListener("offline", () => link?.cut());
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") push();
    // Back from signing in again in another tab, the line is worth another try.
    else if (navigator.onLine) link?.connect();
  });
  window.addEventListener("beforeunload", (event) => {
    if (isDirty() && !keepDraft()) event.preventDefault();
  });
  if (may("edit")) restore();
}

/** Open the line to the server, on which changes go and come. */
export function connectDraft(bootstrap: Bootstrap): void {
  const { id } = bootstrap.blueprint;
  const open = () => openWire(`${bootstrap.urls.socket}blueprints/${id}/`);
  const exchange = async (after: number, change: string) => {
    // Nothing else is sent meanwhile: a request that nobody answers must end.
    const signal = AbortSignal.timeout(ANSWER_WITHIN);
    const body = { after, change };
    if (may("edit")) return (await request<Required<Omit<News, "people">>>(`blueprints/${id}/updates/`, { method: "POST", body, signal })).data;
    const { revision } = await get<Blueprint>(`blueprints/${id}/`, signal);
    return { sequence: after, revision, updates: [] };
  };
  limitSize(bootstrap.most_bytes);
  link = new Link({ open, exchange }, EVENTS, bootstrap.draft.sequence);
  tryWithOthers(() => link?.connect());
  if (navigator.onLine) link.connect();
  else link.cut();
}

function keepDraft(): boolean {
  if (useDraft.getState().saveState === "gone") return true;
  const changes = [...sent, ...pending];
  return !changes.length || keep(useDraft.getState().blueprint.id, doc.clientID, Y.mergeUpdates(changes));
}

function keepSoon(): void {
  keeping ??= setTimeout(() => {
    keeping = undefined;
    if (isDirty()) keepDraft();
  }, KEEP_AFTER);
}

function forgetKept(): void {
  forget([...taken, keyOf(useDraft.getState().blueprint.id, doc.clientID)]);
  taken.clear();
}

/** What was not saved when a page was left comes back as a change that can be undone. */
function restore(): void {
  const left = kept(useDraft.getState().blueprint.id);
  if (!left.size) return;
  for (const key of left.keys()) taken.add(key);
  asStep(() => Y.applyUpdate(doc, Y.mergeUpdates([...left.values()]), LOCAL));
  if (edited) say("Your unsaved changes were brought back");
  else if (!doc.store.pendingStructs) forgetKept();
}

function isDirty(): boolean {
  return useDraft.getState().saveState !== "saved";
}

/** Save now; answers whether the server has all of the draft afterwards. */
export async function save(): Promise<boolean> {
  if (isDirty() && useDraft.getState().saveState !== "gone") {
    refusal = "";
    const done = new Promise<boolean>((tell) => waiters.push(tell));
    if (navigator.onLine) link?.connect();
    push();
    const given = setTimeout(show, WAIT_AT_MOST);
    const well = link?.state === "offline" || link?.state === "signed-out" ? await settledOrTried(done) : await done;
    clearTimeout(given);
    if (!well) return false;
  }
  const { blueprint, saveState } = useDraft.getState();
  useDraft.setState({ blueprint: { ...blueprint, document: currentDocument() } });
  return saveState === "saved";
}

/** A line that is down was told to try again; it has a moment for it. */
async function settledOrTried(done: Promise<boolean>): Promise<boolean> {
  const tried = new Promise<boolean>((tell) => setTimeout(() => tell(!isDirty()), 2000));
  return Promise.race([done, tried]);
}

// --- what the server says of the draft ---------------------------------------------

function checkSoon(): void {
  clearTimeout(checking);
  checking = setTimeout(() => void check(), CHECK_AFTER);
}

/** Ask what is wrong with the draft now, and which addresses it has. */
export async function check(): Promise<void> {
  try {
    const { blueprint } = useDraft.getState();
    const { data } = await request<Blueprint>(`blueprints/${blueprint.id}/`);
    if (data.revision < useDraft.getState().blueprint.revision) return;
    takeBlueprint(data);
    if (!may("edit")) followDocument(data.document);
  } catch (error) {
    // The next change asks again.
    if (!(error instanceof ApiError)) throw error;
  }
}

/** Give the draft as a file, for when it can't be saved here. */
export function download(): void {
  const made = draftToGive();
  const address = URL.createObjectURL(
    new Blob([JSON.stringify(made, null, 2), "\n"], { type: "application/json" }),
  );
  const link = document.createElement("a");
  link.href = address;
  link.download = `${made.name.replace(/[^\p{L}\p{N}._-]+/gu, "-") || "blueprint"}.json`;
  link.click();
  URL.revokeObjectURL(address);
}

/** Publish the draft as a new version; the problems that forbid it, or none. */
export async function publish(message: string): Promise<readonly Problem[]> {
  if (!(await save())) throw new Error(useDraft.getState().saveMessage || "The draft is not saved.");
  const { blueprint } = useDraft.getState();
  try {
    await post(`blueprints/${blueprint.id}/publish/`, { message });
  } catch (error) {
    if (!(error instanceof ApiError) || !error.problems.length) throw error;
    const warnings = blueprint.problems.filter((problem) => problem.severity === "warning");
    const errors = error.problems.filter((problem) => problem.severity === "error");
    useDraft.setState({ problems: groupProblems([...errors, ...warnings]) });
    return error.problems;
  }
  takeBlueprint((await request<Blueprint>(`blueprints/${blueprint.id}/`)).data);
  return [];
}
