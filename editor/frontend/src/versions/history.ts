/** The versions of this blueprint as the server has them: their list, page by page, and their documents. */
import { create } from "zustand";

import { ApiError, get, request } from "../api/http";
import type { Document, PublishedVersion } from "../model/types";
import { currentDocument, takeBlueprint, useDraft } from "../store/document";
import type { Side } from "../store/versions";

export interface Version extends PublishedVersion {
  published_by: string | null;
  published: boolean;
}

interface Page {
  next: string | null;
  results: Version[];
}

interface History {
  versions: readonly Version[];
  /** Where the next, older ones are; null when all are there. */
  next: string | null;
  state: "loading" | "ready" | "failed";
  message: string;
}

const PAGE = 30;

export const useHistory = create<History>(() => ({ versions: [], next: null, state: "loading", message: "" }));

function address(rest = ""): string {
  return `blueprints/${useDraft.getState().blueprint.id}/versions/${rest}`;
}

async function take(path: string, before: readonly Version[]): Promise<void> {
  useHistory.setState({ state: "loading", message: "" });
  try {
    const { results, next } = await get<Page>(path);
    const known = new Set(before.map(({ number }) => number));
    const versions = [...before, ...results.filter(({ number }) => !known.has(number))];
    useHistory.setState({ versions, next, state: "ready" });
  } catch (error) {
    const gone = error instanceof ApiError && error.status === 404;
    const message = gone ? "This blueprint is no longer there: it was deleted." : sentenceOf(error);
    useHistory.setState({ state: "failed", message, ...(gone ? { versions: [], next: null } : {}) });
  }
}

export function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export function refresh(): Promise<void> {
  return take(address(`?limit=${PAGE}`), []);
}

export async function loadOlder(): Promise<void> {
  const { next, versions, state } = useHistory.getState();
  if (!next || state === "loading") return;
  const { pathname, search } = new URL(next);
  await take(pathname + search, versions);
}

export function versionNumbered(number: Side | null): Version | undefined {
  return useHistory.getState().versions.find((version) => version.number === number);
}

/** Name a version; an empty name takes it away. */
export async function rename(number: number, name: string): Promise<void> {
  const { data } = await request<Version>(address(`${number}/`), { method: "PATCH", body: { name } });
  const { versions } = useHistory.getState();
  useHistory.setState({ versions: versions.map((version) => (version.number === number ? data : version)) });
  const { blueprint } = useDraft.getState();
  if (blueprint.published?.number === number) takeBlueprint({ ...blueprint, published: data });
}

/** A version never changes, so its document is asked for once. */
const documents = new Map<number, Document>();

/** The document of one side; `VersionGone` where there is no such version any more. */
export async function documentOf(side: Side, signal?: AbortSignal): Promise<Document> {
  if (side === "draft") return currentDocument();
  const kept = documents.get(side);
  if (kept) return kept;
  try {
    const { document } = await get<{ document: Document }>(address(`${side}/`), signal);
    documents.set(side, document);
    return document;
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error;
    useHistory.setState(({ versions }) => ({ versions: versions.filter(({ number }) => number !== side) }));
    throw new VersionGone(side);
  }
}

export class VersionGone extends Error {
  constructor(readonly number: number) {
    super(`Version ${number} is no longer there: it was deleted meanwhile.`);
  }
}

export function inSentence(side: Side): string {
  return side === "draft" ? "the draft" : `version ${side}`;
}

/** What a version is called where there is room for one line. */
export function sideName(side: Side): string {
  return side === "draft" ? "Draft" : `Version ${side}`;
}
