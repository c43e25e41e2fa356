/** What a node of a version says: its parameters and settings, to be read. */
import { X } from "lucide-react";

import { Tool } from "../actions/Tool";
import type { Json } from "../model/types";
import { useDraft } from "../store/document";
import { useVersions } from "../store/versions";
import { useSeen } from "./seen";
import { entryOf } from "../model/own";

export function shownValue(value: Json | undefined): string {
  if (value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

function Values({ title, values }: { title: string; values: [string, Json | undefined][] }) {
  if (!values.length) return null;
  return (
    <>
      <h4>{title}</h4>
      <dl className="seen-values">
        {values.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <pre>{shownValue(value)}</pre>
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
  const titleOf = (name: string): string => spec?.parameters.properties?.[name]?.title ?? name;
  const parameters = Object.entries(node.parameters ?? {}).map(([name, value]): [string, Json] => [titleOf(name), value]);
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
        <Values title="Parameters" values={parameters} />
        <Values title="Settings" values={settings} />
        {node.pin && <Values title="Pinned outputs" values={Object.entries(node.pin)} />}
        {!parameters.length && !settings.length && !node.pin && <p className="versions-none">All of it is as usual.</p>}
      </div>
    </section>
  );
}
