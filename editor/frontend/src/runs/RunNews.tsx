/** Says aloud which nodes of the shown run failed or wait; what else goes on is in their chips. */
import { useEffect, useState } from "react";

import { newsOf } from "../model/news";
import { useDraft } from "../store/document";
import { useRuns } from "../store/runs";

/** A screen reader that is told more often than this never comes to an end. */
const EVERY = 1000;

function nameOf(node: string): string {
  const { nodesById, types } = useDraft.getState();
  const found = nodesById.get(node);
  return found?.title || (found && types.get(found.kind)?.title) || node;
}

const news = (): string => newsOf(useRuns.getState().steps, nameOf);

export function RunNews() {
  const [told, setTold] = useState("");
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const tellSoon = (): void => {
      timer ??= setTimeout(() => {
        timer = undefined;
        setTold(news());
      }, EVERY);
    };
    tellSoon();
    const leave = useRuns.subscribe((now, before) => {
      if (now.steps !== before.steps) tellSoon();
    });
    return () => {
      leave();
      clearTimeout(timer);
    };
  }, []);
  return (
    <span className="for-readers" role="status" data-testid="run-news">
      {told}
    </span>
  );
}
