/** What stands in for nodes in a test: those that work outside, and any other that is not to run. */
import { X } from "lucide-react";

import { JsonField } from "../inspector/fields/JsonField";
import { standOf, type Stand, withMock, withoutMock, withoutNode, worksOutside } from "../model/cases";
import type { NodePort } from "../model/ports";
import type { Json, JsonObject, Mock, PortType, Schema, TestCase } from "../model/types";
import { useDraft } from "../store/document";
import { useForms } from "../store/shapes";
import { NodeOptions, ObjectField } from "./fields";
import { mockFor } from "./fromRun";
import { entryOf } from "../model/own";

type Change = (change: (test: TestCase) => TestCase, step?: boolean) => void;

/** The element of a node's first field, for those that lead there. */
export function mockFieldId(node: string): string {
  return `setting-mock-${node}`;
}

const SCHEMAS: Partial<Record<PortType, Schema>> = {
  text: { type: "string" },
  number: { type: "number" },
  boolean: { type: "boolean" },
  object: { type: "object" },
  list: { type: "array" },
};

const STANDS: Record<Stand, string> = {
  open: "Not said yet: refused",
  outputs: "Mock: gives outputs",
  error: "Mock: fails",
  real: "Really works outside",
};

function Outputs({ node, outputs, ports, onMock }: { node: string; outputs: JsonObject; ports: readonly NodePort[]; onMock: (mock: Mock) => void }) {
  const gone = Object.keys(outputs).filter((name) => !ports.some((port) => port.name === name));
  const put = (name: string, value: Json | undefined): void => {
    const { [name]: _was, ...rest } = outputs;
    onMock({ outputs: value === undefined ? rest : { ...rest, [name]: value } });
  };
  return (
    <div className="case-ports">
      {ports.map((port) => (
        <label key={port.name} className="case-port">
          <span>{port.name}</span>
          <span>
            <JsonField
              id={`setting-mock-${node}-${port.name}`}
              label={`What ${node} gives at ${port.name}, as JSON`}
              name={port.name}
              schema={{ ...SCHEMAS[port.type], placeholder: "gives nothing here" }}
              root={{}}
              value={entryOf(outputs, port.name)}
              onChange={(value) => put(port.name, value)}
              rows={1}
            />
          </span>
        </label>
      ))}
      {gone.map((name) => (
        <p key={name} className="field-error">
          It has no output <code>{name}</code>.{" "}
          <button type="button" className="link" onClick={() => put(name, undefined)}>
            Take it out
          </button>
        </p>
      ))}
    </div>
  );
}

function Failure({ node, error, onMock }: { node: string; error: JsonObject; onMock: (mock: Mock) => void }) {
  const put = (name: string, value: Json | undefined): void => {
    const { [name]: _was, ...rest } = error;
    onMock({ error: value === undefined || value === "" ? rest : { ...rest, [name]: value } });
  };
  return (
    <div className="case-ports">
      {["message", "code", "kind"].map((name) => (
        <label key={name} className="case-port">
          <span>{name}</span>
          <input
            type="text"
            className="control"
            aria-label={`The error of ${node}: ${name}`}
            placeholder={{ message: "mocked", code: "node_failed", kind: "error" }[name]}
            value={typeof error[name] === "string" ? error[name] : ""}
            onChange={(event) => put(name, event.target.value)}
          />
        </label>
      ))}
      <label className="case-port">
        <span>data</span>
        <span>
          <ObjectField id={`setting-mock-${node}-data`} label={`The error of ${node}: data, as JSON`} value={error.data as JsonObject | undefined} onChange={(value) => put("data", value)} />
        </span>
      </label>
    </div>
  );
}

function NodeStand({ node, outside, test, onChange }: { node: string; outside: boolean; test: TestCase; onChange: Change }) {
  const form = useForms().get(node);
  const stand = standOf(test, node);
  const mock = test.mocks?.[node];
  const ports = (form?.ports.outputs ?? []).filter((port) => !port.inner && !port.missing);
  const choose = (to: Stand): void => {
    if (to === "outputs") void mockFor(node).then((made) => onChange((now) => withMock(now, node, made), true));
    else if (to === "error") onChange((now) => withMock(now, node, { error: { message: "mocked" } }), true);
    else onChange((now) => withoutMock(now, node, to === "real"), true);
  };
  const offered: Stand[] = outside ? ["open", "outputs", "error", "real"] : stand === "real" ? ["outputs", "error", "real"] : ["outputs", "error"];
  return (
    <section className="case-mock" data-stand={stand} data-testid={`mock-${node}`}>
      <header>
        <code>{node}</code>
        <select
          id={mockFieldId(node)}
          className="control"
          aria-label={`How the test has ${node}`}
          value={stand}
          onChange={(event) => choose(event.target.value as Stand)}
        >
          {offered.map((one) => (
            <option key={one} value={one}>
              {STANDS[one]}
            </option>
          ))}
        </select>
        {(!outside || !form) && (
          <button type="button" className="small-tool" aria-label={`Do not mock ${node}`} title="Do not mock it" onClick={() => onChange((now) => (form ? withoutMock(now, node, false) : withoutNode(now, node)), true)}>
            <X size={13} aria-hidden />
          </button>
        )}
      </header>
      {!form && <p className="field-error">There is no such node.</p>}
      {form && mock?.outputs && <Outputs node={node} outputs={mock.outputs} ports={ports} onMock={(next) => onChange((now) => withMock(now, node, next))} />}
      {form && mock?.error && <Failure node={node} error={mock.error} onMock={(next) => onChange((now) => withMock(now, node, next))} />}
    </section>
  );
}

export function Mocks({ test, onChange }: { test: TestCase; onChange: Change }) {
  const nodes = useDraft((state) => state.nodes);
  const types = useDraft((state) => state.types);
  const outside = nodes.filter((node) => worksOutside(node, types)).map((node) => node.id);
  const named = [...Object.keys(test.mocks ?? {}), ...(test.external ?? [])].filter((id) => !outside.includes(id));
  const shown = [...outside, ...new Set(named)];
  const others = nodes.filter((node) => !shown.includes(node.id) && !types.get(node.kind)?.trigger);
  return (
    <>
      <p className="field-help">
        {outside.length
          ? "What stands in for the nodes that work outside, and for any other that is not to run."
          : "No node of this blueprint works outside. Any node can be mocked all the same."}
      </p>
      {shown.map((node) => (
        <NodeStand key={node} node={node} outside={outside.includes(node)} test={test} onChange={onChange} />
      ))}
      {others.length > 0 && (
        <select
          className="control"
          aria-label="Mock another node"
          value=""
          onChange={(event) => onChange((now) => withMock(now, event.target.value, { outputs: {} }), true)}
        >
          <option value="">Mock another node…</option>
          <NodeOptions nodes={others} />
        </select>
      )}
    </>
  );
}
