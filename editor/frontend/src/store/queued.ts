/** What holds the runs of the list that are queued: asked for as long as there are some. */
import { get } from "../api/http";
import type { Hold, Run } from "../model/types";
import { useDraft } from "./document";
import { saidAlready, takeNewest, useRuns } from "./runs";

/** So seldom that a page left open costs little; in ms. What a worker takes at once is over sooner. */
const ASK_EVERY = 2000;
const NOTHING: readonly Hold[] = [];

/** What holds a run, as far as that is known; nothing of one that has begun. */
export function holdsOf(run: Run | null | undefined): readonly Hold[] {
  return run?.status === "queued" ? (run.held_by ?? NOTHING) : NOTHING;
}

/** The sentences of what holds a run, one after the other. */
export function heldWords(holds: readonly Hold[]): string {
  return holds.map(({ message }) => message).join(" ");
}

/** Ask again and again while a run of the list is queued and somebody looks at the page. */
export function watchQueued(): void {
  setInterval(() => void ask(), ASK_EVERY);
}

async function ask(): Promise<void> {
  const { list } = useRuns.getState();
  if (document.hidden || !list.some((run) => run.status === "queued")) return;
  const { id } = useDraft.getState().blueprint;
  const queued = `runs/?blueprint=${id}&status=queued&limit=100`;
  await get<{ results: Run[] }>(queued).then(({ results }) => takeNewest(results), saidAlready);
}
