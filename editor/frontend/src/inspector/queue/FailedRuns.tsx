/** Whether a run that failed is begun again by itself, when, and where. */
import type { QueueSettings, RunRetry } from "../../model/types";
import { BEGIN_AGAIN, PAUSES } from "../settings";
import type { PutQueue } from "./Queueing";
import { ChoiceRow, NumberRow } from "./rows";

const MONTH = 30 * 86_400;
const PAUSE = { least: 0, most: MONTH };

export function FailedRuns({ queue, put }: { queue: QueueSettings; put: PutQueue }) {
  const retry = queue.retry ?? {};
  const change = (part: Partial<RunRetry>): void => {
    const changed = Object.fromEntries(Object.entries({ ...retry, ...part }).filter(([, value]) => value !== undefined)) as RunRetry;
    put({ retry: Object.keys(changed).length ? changed : undefined });
  };
  return (
    <fieldset className="setting-group">
      <legend>Runs that failed</legend>
      <div className="setting-pair">
        <NumberRow name="retry.attempts" label="Attempts" whole normal={1} bounds={{ least: 1, most: 100 }} value={retry.attempts} onChange={(attempts) => change({ attempts })} />
        {(retry.attempts ?? 1) > 1 && (
          <>
            <ChoiceRow name="retry.backoff" label="Pauses" words={PAUSES} value={retry.backoff ?? "exponential"} onChange={(backoff) => change({ backoff: backoff === "fixed" ? backoff : undefined })} />
            <NumberRow name="retry.delay" label="First pause (s)" normal={10} bounds={PAUSE} value={retry.delay} onChange={(delay) => change({ delay })} />
            <NumberRow name="retry.max_delay" label="Longest (s)" normal={3600} bounds={PAUSE} value={retry.max_delay} onChange={(max_delay) => change({ max_delay })} />
          </>
        )}
      </div>
      {(retry.attempts ?? 1) > 1 ? (
        <ChoiceRow name="retry.begin" label="Begin again" words={BEGIN_AGAIN} value={retry.begin ?? "failed"} onChange={(begin) => change({ begin: begin === "start" ? begin : undefined })} />
      ) : (
        <p className="field-help">With more than one, a run that failed is begun again as a new run, after a pause.</p>
      )}
    </fieldset>
  );
}
