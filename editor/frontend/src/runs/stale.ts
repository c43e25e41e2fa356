/** Keeps the marks of stale nodes as the draft is changed under the run that is shown. */
import { staleNodes } from "../model/stale";
import { useDraft } from "../store/document";
import { useRuns } from "../store/runs";
import { staleMarks } from "../store/stale";

/** Not at each letter that is typed. */
const CALM = 150;

let waiting = 0;

function mark(): void {
  waiting = 0;
  const { shown, run } = useRuns.getState();
  const { nodes, edges } = useDraft.getState();
  // A run of a version is told of as a whole: nobody expects it to follow the draft.
  if (!shown || !run?.document || run.version) return staleMarks.clear();
  staleMarks.replace(new Map([...staleNodes(run.document, nodes, edges)].map((id) => [id, true])));
}

function soon(): void {
  waiting ||= window.setTimeout(mark, CALM);
}

/** Watch for as long as the page is there. */
export function watchStale(): void {
  useRuns.subscribe((now, before) => {
    if (now.shown !== before.shown || now.run !== before.run) soon();
  });
  useDraft.subscribe((now, before) => {
    if (now.nodes !== before.nodes || now.edges !== before.edges) soon();
  });
  soon();
}
