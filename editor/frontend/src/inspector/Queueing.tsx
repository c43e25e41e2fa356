/** How the published runs of the blueprint queue: where, how many at once, and which are the same. */
import type { BlueprintSettings, QueueSettings, Schema } from "../model/types";
import { NumberField } from "./fields/NumberField";
import { SettingRow } from "./SettingRow";

const COUNT: Schema = { type: "integer" };
const WHEN_FULL: Record<NonNullable<QueueSettings["when_full"]>, string> = {
  wait: "One more run waits",
  drop_newest: "Drop it",
  drop_oldest: "Drop what has waited longest",
  cancel_running: "Cancel what runs",
};

interface Props {
  settings: BlueprintSettings;
  onChange: (part: Partial<BlueprintSettings>) => void;
}

export function Queueing({ settings, onChange }: Props) {
  const queue = settings.queue ?? {};
  const put = (part: Partial<QueueSettings>): void => {
    const changed = Object.fromEntries(
      Object.entries({ ...queue, ...part }).filter(([, value]) => value !== undefined),
    ) as QueueSettings;
    onChange({ queue: Object.keys(changed).length ? changed : undefined });
  };
  const number = (name: "priority" | "concurrency" | "per_key", label: string, schema: Schema = COUNT) => (
    <SettingRow name={`queue-${name}`} label={label}>
      <NumberField
        id={`setting-queue-${name}`}
        label={label}
        name={`queue-${name}`}
        schema={schema}
        root={{}}
        value={queue[name] ?? undefined}
        onChange={(value) => put({ [name]: typeof value === "number" ? value : undefined })}
      />
    </SettingRow>
  );
  const text = (name: "name" | "key" | "unique", label: string, placeholder: string, help?: string) => (
    <SettingRow name={`queue-${name}`} label={label} {...(help ? { help } : {})}>
      <input
        id={`setting-queue-${name}`}
        type="text"
        className={name === "name" ? "control" : "control is-code"}
        autoComplete="off"
        spellCheck={false}
        placeholder={placeholder}
        value={queue[name] ?? ""}
        onChange={(event) => put({ [name]: event.target.value || undefined })}
      />
    </SettingRow>
  );
  return (
    <section className="inspector-section form">
      <h3>Queue</h3>
      <p className="field-help">It holds for runs of what is published; a run of the draft begins at once.</p>
      <div className="setting-pair">
        {text("name", "Queue", "default")}
        {number("priority", "Priority", { ...COUNT, default: 0 })}
        {number("concurrency", "Runs at once")}
        {number("per_key", "Of the same key")}
      </div>
      {text("key", "Key", "{{ input.customer }}", "Which runs share the limit “Of the same key”.")}
      {(queue.concurrency != null || queue.per_key != null) && (
        <SettingRow name="queue-when_full" label="When as many run as may">
          <select
            id="setting-queue-when_full"
            className="control"
            value={queue.when_full ?? "wait"}
            onChange={(event) => {
              const value = event.target.value as NonNullable<QueueSettings["when_full"]>;
              put({ when_full: value === "wait" ? undefined : value });
            }}
          >
            {Object.entries(WHEN_FULL).map(([value, words]) => (
              <option key={value} value={value}>
                {words}
              </option>
            ))}
          </select>
        </SettingRow>
      )}
      {text(
        "unique",
        "Start once for",
        "{{ input.order }}",
        "While a run with this key goes on, another start returns that run.",
      )}
    </section>
  );
}
