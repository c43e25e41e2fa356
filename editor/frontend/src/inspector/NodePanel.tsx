/** With one node selected: what it is, and its tabs. */
import { type KeyboardEvent, useEffect, useRef } from "react";

import { keyText } from "../actions/keys";
import { actionNamed } from "../actions/list";
import { nodeOfStep } from "../api/events";
import { categoryColor } from "../canvas/category";
import { NodeIcon } from "../canvas/icons";
import { sentenceOf } from "../model/labels";
import type { DraftNode } from "../model/draft";
import { useProblems, useSpec } from "../store/document";
import { useMay } from "../store/rights";
import { useNodeStatus } from "../store/statuses";
import { useUi } from "../store/ui";
import { Form, parameterOf } from "./Form";
import { Listening } from "./Listening";
import { NodeRun } from "./NodeRun";
import { NodeTools } from "./NodeTools";
import { Pinned } from "./Pinned";
import { NodeSettings } from "./NodeSettings";
import { Listener } from "./Listener";
import { ScheduleTimes } from "./ScheduleTimes";
import { nodeOfItem, showTab, type Tab, useInspector } from "./state";
import { Values } from "./Values";
import { WebhookAddresses } from "./WebhookAddresses";
import { Words } from "./Words";

const TABS: readonly { name: Tab; label: string }[] = [
  { name: "parameters", label: "Parameters" },
  { name: "settings", label: "Settings" },
  { name: "run", label: "Run" },
];

function Tabs({ node, tab }: { node: string; tab: Tab }) {
  const status = useNodeStatus(node);
  const list = useRef<HTMLDivElement>(null);
  const opening = useUi((state) => state.opening === node);
  useEffect(() => {
    if (opening) list.current?.querySelector<HTMLElement>("[aria-selected=true]")?.focus();
  }, [opening]);
  const walk = (event: KeyboardEvent): void => {
    const way = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (!way) return;
    event.preventDefault();
    const at = TABS.findIndex((one) => one.name === tab);
    const next = TABS[(at + way + TABS.length) % TABS.length];
    if (next) showTab(next.name);
    requestAnimationFrame(() => list.current?.querySelector<HTMLElement>("[aria-selected=true]")?.focus());
  };
  return (
    <div className="tabs" role="tablist" aria-label="About the node" ref={list} onKeyDown={walk}>
      {TABS.map(({ name, label }) => (
        <button
          key={name}
          type="button"
          role="tab"
          aria-selected={tab === name}
          tabIndex={tab === name ? 0 : -1}
          onClick={() => showTab(name)}
          data-testid={`tab-${name}`}
        >
          {label}
          {name === "run" && status && <span className="status-dot" data-status={status.status} aria-hidden />}
        </button>
      ))}
    </div>
  );
}

const LISTENING = new Set(["file", "redis", "mqtt", "postgres", "email"].map((name) => `trigger.${name}`));

export function NodePanel({ node }: { node: DraftNode }) {
  const spec = useSpec(node.kind);
  const problems = useProblems(node.id);
  const edits = useMay("edit");
  const named = useUi((state) => state.naming === node.id);
  const tab = useInspector((state) => (named ? "settings" : state.tab));
  useEffect(() => {
    // A step that was asked for belongs to another node: this one shows its last.
    const { step, item } = useInspector.getState();
    if (step !== null && nodeOfStep(step) !== node.id) useInspector.setState({ step: null });
    if (item !== null && nodeOfItem(item) !== node.id) useInspector.setState({ item: null });
  }, [node.id]);
  useEffect(() => {
    if (named) showTab("settings");
  }, [named]);
  const expand = node.kind === "blueprint.call" ? actionNamed("expand-call") : undefined;
  const names = new Set(Object.keys(spec?.parameters.properties ?? {}));
  const elsewhere = problems.filter((problem) => !names.has(parameterOf(problem)));
  return (
    <>
      <header className="inspector-head">
        <span className="inspector-icon" style={{ color: categoryColor(spec?.category) }}>
          <NodeIcon name={spec?.icon} />
        </span>
        <div>
          <h2 dir="auto">{node.title || spec?.title || node.kind}</h2>
          <p>
            {spec ? (node.title ? spec.title : node.kind) : "Unknown kind"} · <code>{node.id}</code>
          </p>
        </div>
      </header>
      {!spec?.trigger && edits && <NodeTools node={node} />}
      <Tabs node={node.id} tab={tab} />
      <div className="inspector-scroll" role="tabpanel" key={`${node.id}-${tab}`}>
        {tab !== "run" &&
          elsewhere.map((problem, index) => (
            <p key={index} className="node-problem" data-severity={problem.severity}>
              <Words text={sentenceOf(problem, spec?.parameters)} />
            </p>
          ))}
        {tab === "parameters" && spec?.description && <p className="node-about"><Words text={spec.description} /></p>}
        {tab === "parameters" && node.kind === "trigger.schedule" && <ScheduleTimes node={node} />}
        {tab === "parameters" && LISTENING.has(node.kind) && <Listener node={node.id} />}
        {tab === "parameters" && edits && spec && !spec.trigger && Object.keys(spec.parameters.properties ?? {}).length > 0 && (
          <Values node={node.id} />
        )}
        {tab === "parameters" && edits && expand?.enabled?.() && (
          <div className="selection-actions node-actions">
            <button type="button" onClick={expand.perform}>
              {expand.icon && <expand.icon size={15} aria-hidden />}
              {expand.label}
              {expand.keys?.[0] && <kbd>{keyText(expand.keys[0])}</kbd>}
            </button>
          </div>
        )}
        {tab === "parameters" && spec && (
          <fieldset className="looked-at" disabled={!edits}>
            <Form node={node} spec={spec} problems={problems} />
          </fieldset>
        )}
        {tab === "parameters" && !spec && (
          <>
            <p className="node-about">No node type “{node.kind}” is installed here. Its parameters are kept as they are.</p>
            <pre className="kept-as-is">{JSON.stringify(node.parameters, null, 2)}</pre>
          </>
        )}
        {tab === "parameters" && node.kind === "trigger.webhook" && (
          <>
            <WebhookAddresses node={node.id} />
            {edits && <Listening key={node.id} node={node.id} />}
          </>
        )}
        {tab === "settings" && (
          <fieldset className="looked-at" disabled={!edits}>
            <NodeSettings node={node} spec={spec} />
          </fieldset>
        )}
        {tab === "run" && edits && <Pinned node={node} problems={elsewhere.filter(({ code, port }) => code === "unknown_port" && port !== undefined && port in (node.pin ?? {}))} />}
        {tab === "run" && <NodeRun node={node.id} calls={node.kind === "blueprint.call"} />}
      </div>
    </>
  );
}
