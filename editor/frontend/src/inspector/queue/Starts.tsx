/** Which starts are the same, which are gathered in one run, and of which only the last counts. */
import type { Batch, Debounce, QueueSettings } from "../../model/types";
import type { PutQueue } from "./Queueing";
import { ChoiceRow, NumberRow, TextRow } from "./rows";

const YEAR = 366 * 86_400;
const SECONDS = { above: 0, most: YEAR };
const GATHERED = { each: "Each begins a run", debounce: "Only the last one counts", batch: "They are gathered in one run" } as const;
const APART = "Starts with different keys are kept apart. Empty: all are alike.";

/** What is left out has its default. */
function known<T extends object>(values: T): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;
}

export function Starts({ queue, put }: { queue: QueueSettings; put: PutQueue }) {
  const { debounce, batch } = queue;
  const putDebounce = (part: Partial<Debounce>): void => put({ debounce: known({ seconds: 5, ...debounce, ...part }) });
  const putBatch = (part: Partial<Batch>): void => put({ batch: known({ ...batch, ...part }) });
  return (
    <fieldset className="setting-group">
      <legend>Starts</legend>
      <TextRow name="unique" code label="Start once for" placeholder="{{ input.order }}" help="While a run with this key goes on, another start returns that run." value={queue.unique} onChange={(unique) => put({ unique, ...(unique ? {} : { unique_for: undefined }) })} />
      {(queue.unique || queue.unique_for != null) && (
        <NumberRow name="unique_for" label="For at least (seconds)" help="Since the start, also when that run has ended. Empty: until it ends." bounds={SECONDS} value={queue.unique_for} onChange={(unique_for) => put({ unique_for })} />
      )}
      <ChoiceRow
        name="debounce"
        label="When several come"
        words={GATHERED}
        value={debounce ? "debounce" : batch ? "batch" : "each"}
        onChange={(way) => put({ debounce: way === "debounce" ? { seconds: 5 } : undefined, batch: way === "batch" ? {} : undefined })}
      />
      {debounce && (
        <>
          <div className="setting-pair">
            <NumberRow name="debounce.seconds" label="Quiet for (s)" bounds={{ ...SECONDS, needed: true }} value={debounce.seconds} onChange={(seconds) => seconds !== undefined && putDebounce({ seconds })} />
            <NumberRow name="debounce.at_most" label="At the latest (s)" bounds={SECONDS} value={debounce.at_most} onChange={(at_most) => putDebounce({ at_most })} />
          </div>
          <TextRow name="debounce.key" code label="Apart by" placeholder="{{ input.customer }}" help={APART} value={debounce.key} onChange={(key) => putDebounce({ key })} />
        </>
      )}
      {batch && (
        <>
          <div className="setting-pair">
            <NumberRow name="batch.most" label="At most" whole normal={100} bounds={{ least: 1, most: 1000 }} value={batch.most} onChange={(most) => putBatch({ most })} />
            <NumberRow name="batch.seconds" label="Within (s)" normal={10} bounds={SECONDS} value={batch.seconds} onChange={(seconds) => putBatch({ seconds })} />
          </div>
          <TextRow name="batch.key" code label="Apart by" placeholder="{{ input.customer }}" help={APART} value={batch.key} onChange={(key) => putBatch({ key })} />
          <p className="field-note">The run’s input <code>events</code> lists what each start brought.</p>
        </>
      )}
    </fieldset>
  );
}
