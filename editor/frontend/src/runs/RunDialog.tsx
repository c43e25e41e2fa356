/** Asks for a run's inputs: a form where they are declared, JSON where they are not. */
import { Play } from "lucide-react";
import { useRef, useState } from "react";

import { ObjectField } from "../cases/fields";
import { Dialog } from "../frame/Dialog";
import { SchemaFields } from "../inspector/SchemaFields";
import type { Json, JsonObject } from "../model/types";
import { useDraft } from "../store/document";
import { startRun } from "../store/runs";
import { inputsSchema, missingInputs, rememberedInputs, rememberInputs, triggersOf } from "./inputs";

export function RunDialog({ onClose }: { onClose: () => void }) {
  const { id } = useDraft((state) => state.blueprint);
  const declared = useDraft((state) => state.inputs);
  const nodes = useDraft((state) => state.nodes);
  const types = useDraft((state) => state.types);
  const [values, setValues] = useState<JsonObject>(() => rememberedInputs(id));
  const [trigger, setTrigger] = useState("");
  const [tried, setTried] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const schema = inputsSchema(declared);
  const triggers = triggersOf(nodes, types);
  const missing = missingInputs(schema, values);

  const start = (): void => {
    setTried(true);
    // What can't be read is not among the values: a run without it is not what was asked for.
    const unread = form.current?.querySelector<HTMLElement>(".control[aria-invalid]");
    unread?.focus();
    if (unread || missing.length) return;
    rememberInputs(id, values);
    onClose();
    void startRun(values, { trigger: trigger || undefined });
  };

  return (
    <Dialog title="Run with inputs" onClose={onClose} testId="run-dialog">
      <form
        ref={form}
        className="run-dialog"
        onSubmit={(event) => {
          event.preventDefault();
          start();
        }}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
          event.preventDefault();
          event.stopPropagation();
          start();
        }}
      >
        {triggers.length > 1 && (
          <label className="run-dialog-trigger">
            <span>Start at</span>
            <select value={trigger} onChange={(event) => setTrigger(event.target.value)}>
              <option value="">The manual trigger, or the first</option>
              {triggers.map((node) => (
                <option key={node.id} value={node.id}>
                  {node.title || types.get(node.kind)?.title || node.kind} ({node.id})
                </option>
              ))}
            </select>
          </label>
        )}
        {schema ? (
          <SchemaFields
            schema={schema}
            root={schema}
            values={values}
            onChange={(name, value) => setValues((now) => withValue(now, name, value))}
            missing={tried ? missing : []}
          />
        ) : (
          <>
            <p className="run-dialog-help">
              This blueprint declares no inputs. What you give here comes out of the trigger.
            </p>
            <ObjectField id="run-inputs-json" label="Inputs" value={values} rows={9} onChange={(value) => setValues(value ?? {})} />
          </>
        )}
        <footer>
          <button type="button" className="button" onClick={onClose}>
            Close
          </button>
          <button type="submit" className="button button-primary" data-testid="start-run">
            <Play size={14} aria-hidden /> Run
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

function withValue(values: JsonObject, name: string, value: Json | undefined): JsonObject {
  if (value !== undefined) return { ...values, [name]: value };
  const { [name]: _gone, ...rest } = values;
  return rest;
}
