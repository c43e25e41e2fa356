/** What holds for a node of any type: title, retries, time limit, errors, on or off. */
import { useEffect, useRef } from "react";

import { focusNode } from "../canvas/view";
import type { DraftNode } from "../model/draft";
import { eachOf } from "../model/ports";
import type { Each, NodeSettings as Settings, NodeSpec, Rate, Retry } from "../model/types";
import { setIdle, setSetting, setTitle } from "../store/document";
import { useUi } from "../store/ui";
import { BooleanField } from "./fields/BooleanField";
import type { Bounds } from "./fields/NumberField";
import { Labels } from "./Labels";
import { NumberSetting } from "./NumberSetting";
import { Options, SettingRow } from "./SettingRow";
import { PAUSES, WHEN_AN_ITEM_FAILS, WHEN_IT_FAILS } from "./settings";

const DAY: Bounds = { least: 0, most: 86_400 };

interface Props {
  node: DraftNode;
  spec: NodeSpec | undefined;
}

interface SwitchProps {
  name: string;
  label: string;
  help: string;
  on: boolean | undefined;
  onChange: (on: boolean) => void;
}

function Switch({ name, label, help, on, onChange }: SwitchProps) {
  return (
    <SettingRow name={name} label={label} inline help={help}>
      <BooleanField
        id={`setting-${name}`}
        label={label}
        name={name}
        schema={{}}
        root={{}}
        value={on}
        onChange={(value) => onChange(value === true)}
      />
    </SettingRow>
  );
}

function Retries({ node }: { node: DraftNode }) {
  const retry = node.settings.retry ?? {};
  const put = (part: Partial<Retry>): void => {
    const changed = Object.fromEntries(
      Object.entries({ ...retry, ...part }).filter(([, value]) => value !== undefined),
    ) as Retry;
    setSetting(node.id, "retry", Object.keys(changed).length ? changed : undefined);
  };
  const number = (name: "attempts" | "delay" | "max_delay", label: string, normal: number, bounds: Bounds) => (
    <NumberSetting
      name={name}
      label={label}
      whole={name === "attempts"}
      normal={normal}
      bounds={bounds}
      value={retry[name]}
      onChange={(value) => put({ [name]: value })}
    />
  );
  return (
    <fieldset className="setting-group">
      <legend>Retries</legend>
      <div className="setting-pair">
        {number("attempts", "Attempts", 1, { least: 1, most: 100 })}
        <SettingRow name="backoff" label="Pauses">
          <select
            id="setting-backoff"
            className="control"
            value={retry.backoff ?? "exponential"}
            onChange={(event) => put({ backoff: event.target.value === "fixed" ? "fixed" : undefined })}
          >
            <Options words={PAUSES} />
          </select>
        </SettingRow>
        {number("delay", "First pause (s)", 0.5, DAY)}
        {number("max_delay", "Longest (s)", 60, DAY)}
      </div>
    </fieldset>
  );
}

function HowOften({ node }: { node: DraftNode }) {
  const rate = node.settings.rate;
  const put = (part: Partial<Rate>): void => setSetting(node.id, "rate", known({ per_second: 1, ...rate, ...part }));
  return (
    <fieldset className="setting-group">
      <legend>Rate, over all runs</legend>
      <div className="setting-pair">
        <NumberSetting
          name="rate-per_second"
          label="Per second"
          bounds={{ above: 0, most: 10_000 }}
          value={rate?.per_second}
          onChange={(per_second) => (per_second === undefined ? setSetting(node.id, "rate", undefined) : put({ per_second }))}
        />
        {rate && (
          <NumberSetting
            name="rate-burst"
            label="At once after a rest"
            whole
            normal={1}
            bounds={{ least: 1, most: 10_000 }}
            value={rate.burst}
            onChange={(burst) => put({ burst })}
          />
        )}
      </div>
      {rate && (
        <SettingRow name="rate-shared" label="Shared as" help="Nodes of your blueprints with the same name share it.">
          <input
            id="setting-rate-shared"
            type="text"
            className="control"
            maxLength={100}
            value={rate.shared ?? ""}
            onChange={(event) => put({ shared: event.target.value || undefined })}
          />
        </SettingRow>
      )}
    </fieldset>
  );
}

/** Return the settings without what is left to its default. */
function known(rate: Rate): Rate {
  return Object.fromEntries(Object.entries(rate).filter(([, value]) => value !== undefined)) as unknown as Rate;
}

function Mapping({ node, spec }: Props) {
  const first = spec?.inputs[0];
  if (!first || first.multiple) return null;
  const each = eachOf(node);
  const put = (part: Partial<Each>): void => {
    const changed = Object.fromEntries(
      Object.entries({ ...each, ...part }).filter(([, value]) => value !== undefined),
    ) as Each;
    setSetting(node.id, "each", Object.keys(changed).length ? changed : true);
  };
  return (
    <fieldset className="setting-group">
      <legend>List</legend>
      <Switch
        name="each"
        label="For each item"
        help="Every item of the list is a step of its own."
        on={each !== null}
        onChange={(on) => setSetting(node.id, "each", on || undefined)}
      />
      {each && (
        <SettingRow name="each-list" label="List" help="An expression. Empty: what comes at the first input.">
          <input
            id="setting-each-list"
            type="text"
            className="control is-code"
            maxLength={10_000}
            placeholder="{{ input.orders }}"
            value={each.list ?? ""}
            onChange={(event) => put({ list: event.target.value || undefined })}
          />
        </SettingRow>
      )}
      {each && (
        <div className="setting-pair">
          <NumberSetting
            name="each-concurrency"
            label="At the same time"
            whole
            normal={10}
            bounds={{ least: 1, most: 1000 }}
            value={each.concurrency}
            onChange={(concurrency) => put({ concurrency })}
          />
          <NumberSetting
            name="each-rate"
            label="Per second"
            bounds={{ above: 0, most: 10_000 }}
            value={each.rate}
            onChange={(rate) => put({ rate })}
          />
        </div>
      )}
      {each && (
        <SettingRow name="each-errors" label="When an item fails">
          <select
            id="setting-each-errors"
            className="control"
            value={each.errors ?? "stop"}
            onChange={(event) => put({ errors: event.target.value === "collect" ? "collect" : undefined })}
          >
            <Options words={WHEN_AN_ITEM_FAILS} />
          </select>
        </SettingRow>
      )}
    </fieldset>
  );
}

/** What the node is called. Enter, and Escape, lead back to it. */
function Title({ node, spec }: Props) {
  const field = useRef<HTMLInputElement>(null);
  const named = useUi((state) => state.naming === node.id);
  useEffect(() => {
    if (!named) return;
    field.current?.focus();
    field.current?.select();
  }, [named]);
  return (
    <input
      ref={field}
      id="setting-title"
      type="text"
      className="control"
      maxLength={200}
      placeholder={spec?.title ?? node.kind}
      value={node.title}
      dir="auto"
      onChange={(event) => setTitle(node.id, event.target.value)}
      onKeyDown={(event) => {
        if (event.nativeEvent.isComposing || (event.key !== "Enter" && event.key !== "Escape")) return;
        event.preventDefault();
        event.stopPropagation();
        focusNode(node.id);
      }}
    />
  );
}

export function NodeSettings({ node, spec }: Props) {
  const { id, settings } = node;
  return (
    <div className="form">
      <SettingRow name="title" label="Title">
        <Title node={node} spec={spec} />
      </SettingRow>
      <SettingRow name="on_error" label="When it fails">
        <select
          id="setting-on_error"
          className="control"
          value={settings.on_error ?? "fail"}
          onChange={(event) => {
            const value = event.target.value as NonNullable<Settings["on_error"]>;
            setSetting(id, "on_error", value === "fail" ? undefined : value);
          }}
        >
          <Options words={WHEN_IT_FAILS} />
        </select>
      </SettingRow>
      <Mapping node={node} spec={spec} />
      <Retries node={node} />
      {!spec?.trigger && !spec?.begins?.length && <HowOften node={node} />}
      <NumberSetting
        name="timeout"
        label="Time limit (seconds)"
        short="Time limit"
        help="For each attempt. Empty: no limit of its own."
        bounds={{ above: 0, most: 366 * 86_400 }}
        value={settings.timeout}
        onChange={(timeout) => setSetting(id, "timeout", timeout)}
      />
      <Labels
        key={id}
        name="labels"
        help={
          node.kind === "blueprint.call"
            ? "Labels of workers that may take the run it starts."
            : "Labels of workers that may take the whole run."
        }
        labels={settings.labels}
        onChange={(labels) => setSetting(id, "labels", labels)}
      />
      <Switch
        name="at_most_once"
        label="At most once"
        help="Fail as interrupted after a crash, instead of repeating."
        on={settings.at_most_once}
        onChange={(on) => setSetting(id, "at_most_once", on || undefined)}
      />
      <Switch
        name="compensate"
        label="Can be undone"
        help="A port for what undoes the step when the run fails later."
        on={settings.compensate}
        onChange={(on) => setSetting(id, "compensate", on || undefined)}
      />
      <Switch
        name="disabled"
        label="Switched off"
        help="It is not run, and its branch is not taken."
        on={settings.disabled}
        onChange={(on) => setIdle(id, "disabled", on)}
      />
      {!spec?.trigger && (
        <Switch
          name="bypass"
          label="Bypassed"
          help="It is not run: what comes at its first input leaves at its first output."
          on={settings.bypass}
          onChange={(on) => setIdle(id, "bypass", on)}
        />
      )}
    </div>
  );
}
