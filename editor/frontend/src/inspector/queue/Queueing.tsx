/** How the published runs of the blueprint queue: where, how many at once, which are the same, and again. */
import type { BlueprintSettings, QueueSettings } from "../../model/types";
import { WHEN_FULL } from "../settings";
import { FailedRuns } from "./FailedRuns";
import { ChoiceRow, NumberRow, TextRow } from "./rows";
import { Starts } from "./Starts";

const COUNT = { least: 1, most: 100_000 };
const NAME = /^[a-z0-9][a-z0-9_-]{0,63}$/;

export type PutQueue = (part: Partial<QueueSettings>) => void;

interface Props {
  settings: BlueprintSettings;
  onChange: (part: Partial<BlueprintSettings>) => void;
}

function whyNoName(text: string): string {
  if (!text || NAME.test(text)) return "";
  return "A queue’s name has small letters, digits, - and _, begins with a letter or a digit, and has at most 64 of them.";
}

export function Queueing({ settings, onChange }: Props) {
  const queue = settings.queue ?? {};
  const put: PutQueue = (part) => {
    const changed = Object.fromEntries(Object.entries({ ...queue, ...part }).filter(([, value]) => value !== undefined)) as QueueSettings;
    onChange({ queue: Object.keys(changed).length ? changed : undefined });
  };
  const limited = queue.concurrency != null || queue.per_key != null;
  const full = queue.when_full ?? "wait";
  return (
    <section className="inspector-section form">
      <h3>Queue</h3>
      <p className="field-help">It holds for runs of what is published; a run of the draft begins at once.</p>
      <div className="setting-pair">
        <TextRow name="name" label="Queue" placeholder="default" whyNot={whyNoName} value={queue.name} onChange={(name) => put({ name })} />
        <NumberRow name="priority" label="Priority" whole normal={0} bounds={{ least: -100, most: 100 }} value={queue.priority} onChange={(priority) => put({ priority })} />
        <NumberRow name="concurrency" label="Runs at once" whole bounds={COUNT} value={queue.concurrency} onChange={(concurrency) => put({ concurrency })} />
        <NumberRow name="per_key" label="Of the same key" whole bounds={COUNT} value={queue.per_key} onChange={(per_key) => put({ per_key })} />
      </div>
      <TextRow name="key" code label="Key" placeholder="{{ input.customer }}" help="Which runs share the limit “Of the same key”." value={queue.key} onChange={(key) => put({ key })} />
      {(limited || full !== "wait") && (
        <ChoiceRow name="when_full" label="When as many run as may" words={WHEN_FULL} value={full} onChange={(way) => put({ when_full: way === "wait" ? undefined : way })} />
      )}
      {(full !== "wait" || queue.most_waiting != null) && (
        <NumberRow name="most_waiting" label="So many may wait" whole normal={full === "drop_newest" ? 0 : 1} bounds={{ least: 0, most: 1_000_000 }} value={queue.most_waiting} onChange={(most_waiting) => put({ most_waiting })} />
      )}
      <Starts queue={queue} put={put} />
      <FailedRuns queue={queue} put={put} />
    </section>
  );
}
