/** What the overview and the minimap draw, and a number that says when it looks different. */
import { useDeferredValue, useEffect, useMemo, useReducer } from "react";

import { coverageMarks } from "../store/coverage";
import { drawnEnds } from "../model/frames";
import { useDraft } from "../store/document";
import { nodeStatuses } from "../store/statuses";
import { useSelection } from "../store/selection";
import { boxes, useForms } from "../store/shapes";
import { useUi } from "../store/ui";
import { categoryColor } from "./category";
import type { Scene } from "./draw";

/** From afar coverage has the colours that it has on the cards. */
const COVERAGE = {
  covered: { status: "succeeded", count: 1 },
  missed: { status: "waiting", count: 1 },
} as const;

/** All is drawn anew for each change of a status, so those of a moment are drawn together. */
const TOGETHER = 100;

/** Colours as plain values: a 2D context knows no variables. */
export function resolved(color: string, cache: Map<string, string>): string {
  let value = cache.get(color);
  if (value === undefined) {
    const probe = document.createElement("span");
    probe.style.color = color;
    document.body.append(probe);
    value = getComputedStyle(probe).color;
    probe.remove();
    cache.set(color, value);
  }
  return value;
}

/** The colour of a note's paper, which its class has. */
export function paper(color: string, cache: Map<string, string>): string {
  const key = `note ${color}`;
  let value = cache.get(key);
  if (value === undefined) {
    const probe = document.createElement("span");
    probe.className = `note note-${color}`;
    document.body.append(probe);
    value = getComputedStyle(probe).getPropertyValue("--note").trim();
    probe.remove();
    cache.set(key, value);
  }
  return value;
}

export function useScene(): { scene: Scene; version: number } {
  // The canvas answers first.
  const forms = useDeferredValue(useForms());
  const layout = useDeferredValue(useDraft((state) => state.layout));
  const edges = useDeferredValue(useDraft((state) => state.edges));
  const notes = useDeferredValue(useDraft((state) => state.notes));
  const selected = useDeferredValue(useSelection((state) => state.nodes));
  const theme = useUi((state) => state.theme);
  const [version, changed] = useReducer((count: number) => count + 1, 0);
  const [scheme, turned] = useReducer((count: number) => count + 1, 0);
  // Each colour is asked of the page once, as long as its theme stays.
  const colours = useMemo(() => new Map<string, string>(), [theme, scheme]);
  useEffect(() => {
    let waiting: ReturnType<typeof setTimeout> | undefined;
    const soon = (): void => {
      waiting ??= setTimeout(() => {
        waiting = undefined;
        changed();
      }, TOGETHER);
    };
    const dark = window.matchMedia("(prefers-color-scheme: dark)");
    const stops = [nodeStatuses.subscribeAll(soon), coverageMarks.subscribeAll(soon)];
    dark.addEventListener("change", turned);
    return () => {
      clearTimeout(waiting);
      dark.removeEventListener("change", turned);
      for (const stop of stops) stop();
    };
  }, []);
  const scene = useMemo<Scene>(() => {
    return {
      notes: notes.map((note) => ({ ...note, color: paper(note.color, colours) })),
      boxes: boxes(),
      edges: edges.flatMap((edge) => drawnEnds(edge, (id) => forms.get(id)) ?? []),
      selected,
      hue: (id) => resolved(categoryColor(forms.get(id)?.spec?.category), colours),
      title: (id) => {
        const form = forms.get(id);
        return form ? form.node.title || form.spec?.title || form.node.kind : "";
      },
      status: (id) => {
        const covered = coverageMarks.get(id);
        return covered ? COVERAGE[covered] : nodeStatuses.get(id);
      },
    };
    // The layout is read by boxes().
  }, [forms, layout, edges, notes, selected, colours]);
  return { scene, version };
}
