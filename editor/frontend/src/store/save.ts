/** Saving and publishing: the draft goes to the server by itself, one request at a time. */
import { ApiError, post, request } from "../api/http";
import { same } from "../model/difference";
import { loadDocument, LOCAL } from "../model/draft";
import type { Blueprint, Document, Problem } from "../model/types";
import {
  asStep,
  currentDocument,
  doc,
  groupProblems,
  type SaveState,
  takeBlueprint,
  useDraft,
} from "./document";
import { forget, keep, kept } from "./kept";
import { say } from "./ui";

const AUTOSAVE_DELAY = 1500;
const LONGEST_RETRY = 30_000;

let edits = 0;
let timer: ReturnType<typeof setTimeout> | undefined;
let current: Promise<boolean> | null = null;
let failures = 0;
/** This page has put aside, or brought back, what is kept; another tab's is not its to forget. */
let holds = false;

function show(saveState: SaveState, saveMessage = ""): void {
  useDraft.setState({ saveState, saveMessage });
}

function schedule(delay: number): void {
  clearTimeout(timer);
  timer = setTimeout(() => void save(), delay);
}

function edited(): void {
  edits += 1;
  const { saveState } = useDraft.getState();
  if (saveState === "conflict") return;
  if (saveState !== "saving" && saveState !== "offline") show("unsaved");
  if (saveState !== "offline") schedule(AUTOSAVE_DELAY);
}

/** Begin to save by itself whatever is changed here. */
export function startSaving(): void {
  doc.on("afterTransaction", (transaction) => {
    if (transaction.local && transaction.changed.size && transaction.origin !== "server") edited();
  });
  window.addEventListener("online", () => {
    if (useDraft.getState().saveState === "offline") void save();
  });
  document.addEventListener("visibilitychange", () => {
    // Back from signing in again in another tab, a refused save is worth another try.
    const { saveState } = useDraft.getState();
    if (document.visibilityState === "hidden" ? isDirty() : saveState === "refused") void save();
  });
  window.addEventListener("beforeunload", (event) => {
    if (isDirty() && !keepDraft()) event.preventDefault();
  });
  restore();
}

function keepDraft(): boolean {
  const { id, revision } = useDraft.getState().blueprint;
  holds = keep(id, { revision, document: currentDocument() });
  return holds;
}

function forgetKept(): void {
  if (holds) forget(useDraft.getState().blueprint.id);
  holds = false;
}

/** What was not saved when the last page was left comes back as a change that can be undone. */
function restore(): void {
  const { blueprint } = useDraft.getState();
  const left = kept(blueprint.id);
  if (!left) return;
  holds = true;
  if (same(left.document, currentDocument())) {
    forgetKept();
    return;
  }
  // On its old revision, so that what others have saved meanwhile is a conflict and not lost.
  useDraft.setState({ blueprint: { ...blueprint, revision: left.revision } });
  asStep(() => loadDocument(doc, left.document, LOCAL));
  say("Your unsaved changes were brought back");
}

export function isDirty(): boolean {
  return useDraft.getState().saveState !== "saved";
}

/** Save now; answers whether the server has all of the draft afterwards. */
export async function save(): Promise<boolean> {
  clearTimeout(timer);
  if (current) {
    await current;
    return isDirty() && useDraft.getState().saveState !== "conflict" ? save() : !isDirty();
  }
  if (!isDirty()) return true;
  if (useDraft.getState().saveState === "conflict") return false;
  current = send(useDraft.getState().blueprint.revision);
  try {
    return await current;
  } finally {
    current = null;
  }
}

async function send(revision: number): Promise<boolean> {
  const { blueprint } = useDraft.getState();
  const sent = edits;
  const document = currentDocument();
  show("saving");
  try {
    const answer = await request<Blueprint>(`blueprints/${blueprint.id}/`, {
      method: "PUT",
      body: { name: document.name, document },
      ifMatch: revision,
    });
    failures = 0;
    forgetKept();
    takeBlueprint(answer.data);
    if (edits === sent) show("saved");
    else {
      show("unsaved");
      schedule(AUTOSAVE_DELAY);
    }
    return edits === sent;
  } catch (error) {
    failed(error);
    return false;
  }
}

function failed(error: unknown): void {
  if (!(error instanceof ApiError)) throw error;
  if (error.conflict) {
    const theirs = error.body["current"] as { revision: number; document: Document } | undefined;
    if (theirs && same(theirs.document, currentDocument())) {
      // It was this draft whose answer never came.
      takeRevision(theirs.revision);
      return;
    }
    if (theirs) {
      const conflict = { revision: theirs.revision, theirs: theirs.document };
      useDraft.setState({ saveState: "conflict", saveMessage: error.message, conflict });
      return;
    }
  }
  if (error.offline || error.status >= 500) {
    failures += 1;
    show("offline", error.message);
    schedule(Math.min(LONGEST_RETRY, 1000 * 2 ** failures));
  } else {
    show("refused", error.problems[0]?.message ?? error.message);
  }
}

function takeRevision(revision: number): void {
  const { blueprint } = useDraft.getState();
  forgetKept();
  useDraft.setState({ conflict: null, blueprint: { ...blueprint, revision } });
  show("saved");
}

/** Resolve a conflict: take the document that the server has now; undo brings mine back. */
export async function loadTheirs(): Promise<void> {
  const { conflict, blueprint } = useDraft.getState();
  if (!conflict) return;
  const { data } = await request<Blueprint>(`blueprints/${blueprint.id}/`);
  asStep(() => loadDocument(doc, data.document, LOCAL));
  takeRevision(data.revision);
  takeBlueprint(data);
}

/** Resolve a conflict: my draft is saved over the other's newest revision. */
export async function keepMine(): Promise<boolean> {
  const { conflict, blueprint } = useDraft.getState();
  if (!conflict) return save();
  useDraft.setState({
    conflict: null,
    blueprint: { ...blueprint, revision: conflict.revision },
  });
  show("unsaved");
  return save();
}

/** Give the draft as a file, for when it can't be saved here. */
export function download(): void {
  const made = currentDocument();
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
