/** Why a node of the shown run ran, waits or did not run: a chain of sentences that lead to nodes. */
import { CircleHelp } from "lucide-react";
import { useEffect, useState } from "react";

import { ApiError, get } from "../api/http";
import { bringIntoView } from "../canvas/view";
import { partsOf } from "../model/sentences";
import { useDraft } from "../store/document";
import { useRuns } from "../store/runs";
import { select } from "../store/selection";
import { openStep } from "./state";
import { Moment, Words } from "./Words";

interface Reason {
  readonly code: string;
  readonly message: string;
  readonly depth: number;
  readonly node: string | null;
  readonly port: string | null;
  readonly step: string | null;
}

interface Answer {
  readonly nodes: readonly { readonly status: string; readonly reasons: readonly Reason[] }[];
}

/** While somebody steps through the events, the question waits until they pause; in ms. */
const PAUSE = 150;
/** While the run goes on it is asked again this often, where there are new events; in ms. */
const AGAIN = 1000;

/** Where the chain has no sentence, how the node stands is said all the same. */
function unsaid(node: Answer["nodes"][number] | undefined): string {
  if (!node || node.reasons.length) return "";
  return node.status === "pending" ? "It has not fired yet." : node.status === "not_reached" ? "It was not reached." : "";
}

function useReasons(asked: string): { reasons: readonly Reason[] | null; wrong: string } {
  const run = useRuns((state) => state.shown);
  const over = useRuns((state) => state.over);
  const at = useRuns((state) => state.at);
  const [found, setFound] = useState<{ asked: string; reasons: readonly Reason[]; wrong: string } | null>(null);
  const key = `${run}/${asked}`;
  useEffect(() => {
    if (run === null) return;
    const stop = new AbortController();
    let counted = -1;
    const ask = async (): Promise<void> => {
      counted = useRuns.getState().count;
      const moment = at === null ? "" : `&at=${at}`;
      try {
        const path = `runs/${run}/explain/?node=${encodeURIComponent(asked)}${moment}`;
        const answer = await get<Answer>(path, stop.signal);
        setFound({ asked: key, reasons: answer.nodes[0]?.reasons ?? [], wrong: unsaid(answer.nodes[0]) });
      } catch (error) {
        if (stop.signal.aborted) return;
        if (!(error instanceof ApiError)) throw error;
        setFound({ asked: key, reasons: [], wrong: error.message });
      }
    };
    const first = setTimeout(() => void ask(), at === null ? 0 : PAUSE);
    const again = setInterval(() => {
      if (at === null && useRuns.getState().count !== counted) void ask();
    }, AGAIN);
    if (over || at !== null) clearInterval(again);
    return () => {
      clearTimeout(first);
      clearInterval(again);
      stop.abort();
    };
  }, [run, asked, key, at, over]);
  return found?.asked === key ? found : { reasons: null, wrong: "" };
}

/** Select what a reason speaks of and show it on the canvas. */
function follow(node: string, step: string | null): void {
  if (step !== null) return openStep(step);
  select([node]);
  bringIntoView(node);
}

/** A sentence; what it puts in backticks and is the node or step that it names can be pressed. */
function Sentence({ reason, here }: { reason: Reason; here: string }) {
  const known = useDraft((state) => state.nodesById);
  const { node, step } = reason;
  return (
    <span>
      {partsOf(reason.message).map(({ kind, text: part }, index) => {
        if (kind === "moment") return <Moment key={index} instant={part} />;
        if (kind === "text") return part;
        const leads = node !== null && (part === node || part === step) && part !== here;
        const other = !leads && part !== here && known.has(part);
        if (!leads && !other) return <code key={index}>{part}</code>;
        return (
          <button
            key={index}
            type="button"
            className="why-node"
            title="Show it on the canvas"
            onClick={() => (leads ? follow(node, step) : follow(part, null))}
          >
            {part}
          </button>
        );
      })}
    </span>
  );
}

export function Why({ node, step }: { node: string; step: string | null }) {
  const { reasons, wrong } = useReasons(step ?? node);
  if (reasons === null) return null;
  return (
    <section className="why" data-testid="why">
      <h3>
        <CircleHelp size={14} aria-hidden /> Why?
      </h3>
      {wrong && (
        <p className="step-note">
          <Words text={wrong} />
        </p>
      )}
      <ol>
        {reasons.map((reason, index) => (
          <li key={index} data-code={reason.code} data-depth={Math.min(reason.depth, 4)}>
            <Sentence reason={reason} here={node} />
          </li>
        ))}
      </ol>
    </section>
  );
}
