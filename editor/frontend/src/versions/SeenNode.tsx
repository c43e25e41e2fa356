/** What a node of a version says: its parameters and settings, to be read. */
import { X } from "lucide-react";

import { Tool } from "../actions/Tool";
import { readable } from "../inspector/readable";
import { NODE_SETTINGS } from "../inspector/settings";
import { labelOf } from "../model/labels";
import type { Json, Schema } from "../model/types";
import { useDraft } from "../store/document";
import { useVersions } from "../store/versions";
import { useSeen } from "./seen";
import { entryOf } from "../model/own";

/** As text, by the schema of what holds it as the form shows it. */
export function shownValue(name: string, value: Json | undefined, holder: Schema | undefined): string {
  if (value === undefined) return "";
  const schema = entryOf(holder?.properties, name);
  const shown = schema ? readable(value, schema, holder ?? {}) : value;
  return typeof shown === "string" ? shown : JSON.stringify(shown, null, 2);
}

export function shownName(name: string, holder: Schema | undefined): string {
  return labelOf(name, entryOf(holder?.properties, name) ?? {});
}

function Values({ title, values, holder }: { title: string; values: [string, Json][]; holder?: Schema | undefined }) {
  if (!values.length) return null;
  return (
    <>
      <h4>{title}</h4>
      <dl className="seen-values">
        {values.map(([name, value]) => (
          <div key={name}>
            <dt>{holder ? shownName(name, holder) : name}</dt>
            <dd>
              <pre>{shownValue(name, value, holder)}</pre>
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}

export function SeenNode({ id }: { id: string }) {
  const types = useDraft((state) => state.types);
  const node = useSeen((state) => entryOf(state.seen?.document.nodes, id));
  if (!node) return null;
  const spec = types.get(node.kind);
  const parameters = Object.entries(node.parameters ?? {});
  const settings = Object.entries(node.settings ?? {}) as [string, Json][];
  return (
    <section className="seen-node" aria-label={`Node ${id}`} data-testid="seen-node">
      <header>
        <div>
          <h3>{node.title || spec?.title || node.kind}</h3>
          <p>
            <code>{id}</code> · {node.kind}
          </p>
        </div>
        <Tool label="Close" icon={X} onClick={() => useVersions.setState({ node: null })} />
      </header>
      <div className="seen-scroll">
        <Values title="Parameters" values={parameters} holder={spec?.parameters} />
        <Values title="Settings" values={settings} holder={NODE_SETTINGS} />
        {node.pin && <Values title="Pinned outputs" values={Object.entries(node.pin)} />}
        {!parameters.length && !settings.length && !node.pin && <p className="versions-none">All of it is as usual.</p>}
      </div>
    </section>
  );
}
