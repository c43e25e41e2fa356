/** What is looked at, once it is there: the drawing and, where two are compared, what has changed. */
import { type ComponentType, createContext, useContext, useEffect } from "react";
import { create } from "zustand";

import { compare, type Comparison, type Sign, union } from "../model/compare";
import type { Document } from "../model/types";
import { useDraft } from "../store/document";
import { type Side, useVersions } from "../store/versions";
import { draw, type Drawn } from "./drawn";
import { documentOf, sentenceOf } from "./history";

export interface Seen {
  /** Of which sides; what belongs to others than are asked for now is old. */
  shown: Side;
  against: Side | null;
  document: Document;
  drawn: Drawn;
  comparison: Comparison | null;
}

interface State {
  seen: Seen | null;
  error: string;
}

export const useSeen = create<State>(() => ({ seen: null, error: "" }));

async function read(shown: Side, against: Side | null, signal: AbortSignal): Promise<Seen> {
  const { types } = useDraft.getState();
  const document = await documentOf(shown, signal);
  if (against === null) return { shown, against, document, drawn: await draw(document, types), comparison: null };
  const before = await documentOf(against, signal);
  const comparison = compare(before, document);
  const gone = new Set(comparison.nodes.flatMap(({ id, sign }) => (sign === "-" ? [id] : [])));
  return { shown, against, document, drawn: await draw(union(before, document, comparison), types, { gone }), comparison };
}

/** Fetch what is asked for, whenever something else is; what comes too late is dropped. */
export function useReading(): void {
  const shown = useVersions((state) => state.shown);
  const against = useVersions((state) => state.against);
  useEffect(() => {
    if (shown === null) return;
    const stop = new AbortController();
    read(shown, against, stop.signal).then(
      (seen) => void (stop.signal.aborted || useSeen.setState({ seen, error: "" })),
      (error: unknown) => void (stop.signal.aborted || useSeen.setState({ seen: null, error: sentenceOf(error) })),
    );
    return () => {
      stop.abort();
      useSeen.setState({ seen: null, error: "" });
    };
  }, [shown, against]);
}

/** How the canvas marks what has changed. */
export interface Marks {
  comparing: boolean;
  nodes: ReadonlyMap<string, Sign | "moved">;
  edges: ReadonlyMap<string, Sign>;
  /** What the signs mean, where it is not what was added, removed and changed. */
  words?: Readonly<Record<Sign, string>>;
  /** What else is drawn at a node. */
  Beside?: ComponentType<{ id: string }>;
}

const NO_MARKS: Marks = { comparing: false, nodes: new Map(), edges: new Map() };

export function marksOf(comparison: Comparison | null, moved: boolean): Marks {
  if (!comparison) return NO_MARKS;
  const nodes = new Map<string, Sign | "moved">(moved ? comparison.moved.map((id) => [id, "moved"]) : []);
  for (const { id, sign } of [...comparison.nodes, ...comparison.notes]) nodes.set(id, sign);
  return { comparing: true, nodes, edges: new Map(comparison.edges.map(({ id, sign }) => [id, sign])) };
}

export const MarksContext = createContext<Marks>(NO_MARKS);

export function useMarks(): Marks {
  return useContext(MarksContext);
}
