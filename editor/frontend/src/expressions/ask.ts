/** Asks the server what expressions give and can read; the values stay where they are. */
import { useEffect, useState } from "react";

import { get, request } from "../api/http";
import { useInspector } from "../inspector/state";
import { nodeOfStep } from "../api/events";
import { useDraft } from "../store/document";
import { useRuns } from "../store/runs";
import type { Language, Member } from "./options";

export interface Shown {
  readonly type: string;
  readonly length: number | null;
  readonly text: string;
  readonly cut: boolean;
}

/** What `POST …/evaluate/` answers. */
export interface Evaluation {
  readonly run: string | null;
  readonly origin: "step" | "upstream" | "pinned" | "none";
  readonly step: string | null;
  readonly iteration: string;
  readonly item: { readonly index: number; readonly of: number } | null;
  readonly value: Shown | null;
  readonly error: { readonly message: string; readonly column: number | null; readonly source: string } | null;
  readonly missing: readonly string[];
  readonly hidden: boolean;
  readonly owner: { readonly type: string; readonly expected: boolean } | null;
  readonly members: readonly Member[] | null;
}

/** Whose values are asked for: a node's, in the run and firing that the page shows. */
export interface Sight {
  readonly node: string;
  readonly parameter: string;
  readonly run?: string;
  readonly iteration?: string;
  readonly step?: string;
  readonly index?: number;
}

const ITEM = /^(.*)\[(\d+)\]$/;
const KEPT = 200;

/** What the page shows of a node, and a text that changes whenever other values may be there. */
export function useSight(node: string, parameter: string): { sight: Sight; moment: string } {
  const shown = useRuns((state) => state.shown);
  const over = useRuns((state) => state.over);
  const newest = useRuns((state) => `${state.list[0]?.id} ${state.list[0]?.status}`);
  const iteration = useInspector((state) => state.iteration);
  const wanted = useInspector((state) => state.step);
  const revision = useDraft((state) => state.blueprint.revision);
  const step = wanted !== null && nodeOfStep(wanted) === node ? wanted : null;
  const item = step === null ? null : ITEM.exec(step);
  const sight: Sight = {
    node,
    parameter,
    ...(shown === null ? {} : { run: shown }),
    ...(iteration === null ? {} : { iteration }),
    ...(item?.[1] && item[2] ? { step: item[1], index: Number(item[2]) } : step === null ? {} : { step }),
  };
  return { sight, moment: `${revision} ${over} ${shown ?? newest}` };
}

export async function evaluate(
  sight: Sight,
  what: { text?: string; members_of?: string },
  signal?: AbortSignal,
): Promise<Evaluation> {
  const { id } = useDraft.getState().blueprint;
  const body = { ...sight, ...what };
  const options = { method: "POST" as const, body, ...(signal ? { signal } : {}) };
  return (await request<Evaluation>(`blueprints/${id}/evaluate/`, options)).data;
}

const known = new Map<string, Promise<Evaluation>>();

/** The members of an expression, asked for once as long as nothing has changed. */
export function membersOf(sight: Sight, moment: string, owner: string): Promise<Evaluation> {
  const key = JSON.stringify([sight, moment, owner]);
  let found = known.get(key);
  if (!found) {
    found = evaluate(sight, { members_of: owner });
    found.catch(() => known.delete(key));
    known.set(key, found);
    for (const old of known.keys()) {
      if (known.size <= KEPT) break;
      known.delete(old);
    }
  }
  return found;
}

let language: Promise<Language> | null = null;

/** What expressions can call, from the code that runs them. */
export function theLanguage(): Promise<Language> {
  language ??= get<Language>("expressions/");
  language.catch(() => {
    language = null;
  });
  return language;
}

/** The last answer to a question, `null` until there is one; a newer question puts an older one off. */
export function useAnswer<T>(ask: (signal: AbortSignal) => Promise<T>, key: string, delay: number): T | null {
  return useLastAnswer(ask, key, delay)?.value ?? null;
}

/** The same with the word whether it is `late`: the answer to an older question than that which is asked now. */
export function useLastAnswer<T>(
  ask: (signal: AbortSignal) => Promise<T>,
  key: string,
  delay: number,
): { value: T; late: boolean } | null {
  const [answer, setAnswer] = useState<{ key: string; value: T } | null>(null);
  useEffect(() => {
    const gone = new AbortController();
    const timer = setTimeout(() => {
      ask(gone.signal).then(
        (value) => !gone.signal.aborted && setAnswer({ key, value }),
        // What can't be had now is not shown; the next change asks again.
        () => !gone.signal.aborted && setAnswer(null),
      );
    }, delay);
    return () => {
      clearTimeout(timer);
      gone.abort();
    };
    // `ask` is made anew with each drawing; the key says whether it asks for something else.
  }, [key, delay]);
  return answer && { value: answer.value, late: answer.key !== key };
}
