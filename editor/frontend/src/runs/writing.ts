/** What people write in place of tokens' values: kept while the panel goes and comes, as long as the token is there. */
import { create } from "zustand";

import { useRuns } from "../store/runs";
import { say } from "../store/ui";

export interface Written {
  /** The run that the token is in. */
  readonly run: string;
  readonly text: string;
  /** The text that the editor began with. */
  readonly start: string;
  /** Which value that was, see markOf. */
  readonly of: string;
}

interface Marked {
  readonly id: string;
  readonly value: unknown;
  readonly size: number;
  readonly large: boolean;
}

/** By token. */
export const useWriting = create<Readonly<Record<string, Written>>>(() => ({}));

/** Tells a token's value from another one, as far as the page has it. */
export function markOf({ value, size, large }: Marked): string {
  return large ? String(size) : JSON.stringify(value);
}

export function beginWriting(token: Marked, start: string): void {
  const run = useRuns.getState().shown;
  if (run) useWriting.setState({ [token.id]: { run, text: start, start, of: markOf(token) } });
}

export function write(id: string, text: string): void {
  useWriting.setState((now) => (now[id] ? { [id]: { ...now[id], text } } : {}));
}

export function endWriting(id: string): void {
  useWriting.setState(({ [id]: _gone, ...rest }) => rest, true);
}

/** Of the shown run these tokens are left: what was written for another one comes too late, and that is said. */
export function tokensLeft(ids: ReadonlySet<string>): void {
  const { shown, over } = useRuns.getState();
  for (const [id, { run, text, start }] of Object.entries(useWriting.getState())) {
    if (run === shown && ids.has(id)) continue;
    endWriting(id);
    if (run === shown && text !== start) say(`${over ? "The run has ended" : `${id} has gone on`} without the value that you were writing.`, "danger");
  }
}
