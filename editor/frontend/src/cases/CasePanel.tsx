/** The form of a test: what starts it, what stands in for nodes, and how it must end. */
import { CopyPlus, FlaskConical, Play, Trash2, X } from "lucide-react";
import { useEffect } from "react";

import { useText } from "../inspector/fields/useText";
import { SettingRow } from "../inspector/SettingRow";
import type { TestCase } from "../model/types";
import { triggersOf } from "../runs/inputs";
import { changeTest, deleteTest, duplicateTest, openTest, runTests, useCases } from "../store/cases";
import { useDraft } from "../store/document";
import { focusRow } from "./CaseList";
import { Expectation } from "./Expectation";
import { ObjectField, SecondsField } from "./fields";
import { Mocks } from "./Mocks";

function readName(text: string): string {
  if (!text.trim()) throw new RangeError("a test has a name");
  return text;
}

function Name({ name, twice, onChange }: { name: string; twice: boolean; onChange: (name: string) => void }) {
  const { text, setText, broken } = useText(name, readName, onChange);
  return (
    <>
      <input
        id="setting-test-name"
        type="text"
        className="control"
        maxLength={200}
        aria-invalid={broken || twice || undefined}
        value={text}
        onChange={(event) => setText(event.target.value)}
        data-testid="case-name"
      />
      {broken && <p className="field-error">A test has a name.</p>}
      {twice && !broken && (
        <p className="field-error" data-severity="warning">
          Another test has this name: they run together.
        </p>
      )}
    </>
  );
}

/** A test that was just made, or is led to, gets the keys. */
function useFocus(): void {
  const focus = useCases((state) => state.focus);
  useEffect(() => {
    if (!focus) return;
    const element = document.getElementById(focus);
    element?.focus();
    if (element instanceof HTMLInputElement) element.select();
    useCases.setState({ focus: null });
  }, [focus]);
}

function Trigger({ test, onChange }: { test: TestCase; onChange: (trigger: string | null) => void }) {
  const nodes = useDraft((state) => state.nodes);
  const types = useDraft((state) => state.types);
  const triggers = triggersOf(nodes, types);
  const { trigger } = test;
  const unknown = trigger && !triggers.some((node) => node.id === trigger);
  if (triggers.length < 2 && !trigger) return null;
  return (
    <SettingRow name="test-trigger" label="Starts at">
      <select id="setting-test-trigger" className="control" value={trigger ?? ""} onChange={(event) => onChange(event.target.value || null)}>
        <option value="">The manual trigger, or the first</option>
        {unknown && <option value={trigger}>{trigger} (no trigger)</option>}
        {triggers.map((node) => (
          <option key={node.id} value={node.id}>
            {node.title || types.get(node.kind)?.title || node.kind} ({node.id})
          </option>
        ))}
      </select>
    </SettingRow>
  );
}

export function CasePanel({ index, test }: { index: number; test: TestCase }) {
  const running = useCases((state) => state.running !== null);
  const twice = useDraft((state) => state.tests.some((other, at) => at !== index && other.name === test.name));
  const kind = useDraft((state) => state.nodesById.get(test.trigger ?? "")?.kind);
  const given = { "trigger.webhook": "The request", "trigger.schedule": "What the schedule gives" }[kind ?? ""] ?? "Inputs";
  const change = (work: (test: TestCase) => TestCase, step = false): void => changeTest(index, work, step);
  // The keys go back to the list, where they came from.
  const leave = (work: () => void): void => {
    work();
    requestAnimationFrame(() => focusRow(index));
  };
  useFocus();
  return (
    <>
      <header className="inspector-head case-head">
        <span className="inspector-icon">
          <FlaskConical size={18} aria-hidden />
        </span>
        <div>
          <h2>{test.name}</h2>
          <p>Test</p>
        </div>
        <button type="button" className="tool" aria-label="Close the test" title="Close the test" onClick={() => leave(() => openTest(null))} data-testid="close-case">
          <X size={16} aria-hidden />
        </button>
      </header>
      <div className="node-tools" role="toolbar" aria-label="The test">
        <button type="button" disabled={running} onClick={() => void runTests(index)} data-testid="run-case">
          <Play size={14} aria-hidden /> Run it
        </button>
        <button type="button" onClick={() => duplicateTest(index)} data-testid="duplicate-case">
          <CopyPlus size={14} aria-hidden /> Duplicate
        </button>
        <button type="button" onClick={() => leave(() => deleteTest(index))} data-testid="delete-case">
          <Trash2 size={14} aria-hidden /> Delete
        </button>
      </div>
      <div className="inspector-scroll" data-testid="case-form">
        <section className="inspector-section form">
          <SettingRow name="test-name" label="Name">
            <Name name={test.name} twice={twice} onChange={(name) => change((now) => ({ ...now, name }))} />
          </SettingRow>
          <Trigger test={test} onChange={(trigger) => change((now) => ({ ...now, trigger }), true)} />
          <SettingRow name="test-inputs" label={given}>
            <ObjectField
              id="setting-test-inputs"
              label={`${given}, as JSON`}
              value={test.inputs}
              onChange={(inputs) => change((now) => ({ ...now, inputs: inputs ?? {} }))}
            />
          </SettingRow>
        </section>
        <section className="inspector-section form">
          <h3>Mocks</h3>
          <Mocks test={test} onChange={change} />
        </section>
        <section className="inspector-section form">
          <h3>Expected</h3>
          <Expectation test={test} onChange={change} />
        </section>
        <section className="inspector-section form">
          <SettingRow name="test-timeout" label="Time limit (seconds)">
            <SecondsField id="setting-test-timeout" value={test.timeout} onChange={(timeout) => change((now) => ({ ...now, timeout }) as TestCase)} />
          </SettingRow>
        </section>
      </div>
    </>
  );
}
