/** What the settings of nodes and of blueprints are called, and the words of their choices, as schemas say it of parameters. */
import type { Schema } from "../model/types";

function choice<T extends string>(title: string, titles: Readonly<Record<T, string>>): Schema {
  return { title, enum: Object.keys(titles), titles };
}

/** Names without more: their values say enough. */
function named(titles: Readonly<Record<string, string>>): Record<string, Schema> {
  return Object.fromEntries(Object.entries(titles).map(([name, title]) => [name, { title }]));
}

export const WHEN_IT_FAILS = { fail: "Fail the run", route: "Go on through an error port", continue: "Go on without a value" } as const;
export const WHEN_AN_ITEM_FAILS = { stop: "Stop the others and fail", collect: "Go on, and list the errors" } as const;
export const WHEN_A_NODE_FAILS = { cancel: "Cancel the other branches", finish: "Let the other branches end" } as const;
export const PAUSES = { exponential: "growing", fixed: "equal" } as const;
export const BEGIN_AGAIN = { failed: "At what failed; the rest is taken over", start: "At the start" } as const;
export const ENDS = { failed: "it failed", crashed: "it crashed", timed_out: "it took too long", cancelled: "it was cancelled" } as const;
export const WHEN_FULL = {
  wait: "One more run waits",
  drop_newest: "Drop it",
  drop_oldest: "Drop what has waited longest",
  cancel_running: "Cancel what runs",
} as const;

const RETRY = { backoff: choice("Pauses", PAUSES), ...named({ attempts: "Attempts", delay: "First pause (s)", max_delay: "Longest (s)" }) };

export const NODE_SETTINGS: Schema = {
  properties: {
    on_error: choice("When it fails", WHEN_IT_FAILS),
    each: {
      title: "For each item",
      properties: {
        errors: choice("When an item fails", WHEN_AN_ITEM_FAILS),
        ...named({ list: "List", concurrency: "At the same time", rate: "Per second" }),
      },
    },
    retry: { title: "Retries", properties: RETRY },
    rate: {
      title: "Rate, over all runs",
      properties: named({ per_second: "Per second", burst: "At once after a rest", shared: "Shared as" }),
    },
    ...named({
      timeout: "Time limit (seconds)",
      at_most_once: "At most once",
      compensate: "Can be undone",
      disabled: "Switched off",
      bypass: "Bypassed",
    }),
  },
};

const QUEUE: Schema = {
  title: "Queue",
  properties: {
    when_full: choice("When as many run as may", WHEN_FULL),
    debounce: { title: "Only the last one counts", properties: named({ seconds: "Quiet for (s)", at_most: "At the latest (s)", key: "Apart by" }) },
    batch: { title: "They are gathered in one run", properties: named({ most: "At most", seconds: "Within (s)", key: "Apart by" }) },
    retry: { title: "Runs that failed", properties: { ...RETRY, begin: choice("Begin again", BEGIN_AGAIN) } },
    ...named({
      name: "Queue",
      concurrency: "Runs at once",
      per_key: "Of the same key",
      most_waiting: "So many may wait",
      unique: "Start once for",
      unique_for: "For at least (seconds)",
    }),
  },
};

export const BLUEPRINT_SETTINGS: Schema = {
  properties: {
    on_failure: choice("When a node fails", WHEN_A_NODE_FAILS),
    queue: QUEUE,
    error_blueprint_for: { title: "Start the error blueprint when", items: choice("", ENDS) },
    ...named({
      timeout: "Time limit (seconds)",
      cleanup_timeout: "Time to clean up (seconds)",
      concurrency: "Nodes at once",
    }),
  },
};
