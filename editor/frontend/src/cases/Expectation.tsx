/** How the run of a test must end: status, outputs, nodes that run and that do not, the error. */
import { SettingRow } from "../inspector/SettingRow";
import type { EndStatus, Expect, ExpectedError, TestCase } from "../model/types";
import { useDraft } from "../store/document";
import { NodesField, ObjectField } from "./fields";

type Change = (change: (test: TestCase) => TestCase, step?: boolean) => void;

const ERROR_PARTS: [keyof ExpectedError, string, string][] = [
  ["message", "Message contains", "a part of it"],
  ["step", "Fails at the step", "e.g. charge#2"],
  ["code", "Code", "e.g. http_failed"],
  ["kind", "Kind", "e.g. connection"],
];

function ErrorParts({ error, onChange }: { error: ExpectedError; onChange: (error: ExpectedError | null) => void }) {
  return (
    <div className="setting-pair">
      {ERROR_PARTS.map(([part, label, placeholder]) => (
        <SettingRow key={part} name={`test-error-${part}`} label={label}>
          <input
            id={`setting-test-error-${part}`}
            type="text"
            className="control"
            placeholder={placeholder}
            value={error[part] ?? ""}
            onChange={(event) => onChange({ ...error, [part]: event.target.value })}
          />
        </SettingRow>
      ))}
    </div>
  );
}

export function Expectation({ test, onChange }: { test: TestCase; onChange: Change }) {
  const nodes = useDraft((state) => state.nodes);
  const expect = test.expect ?? {};
  const put = (part: Partial<Expect>, step = false): void =>
    onChange((now) => ({ ...now, expect: { ...now.expect, ...part } }), step);
  const status = expect.status ?? "succeeded";
  // Only a run that fails has an error.
  const putStatus = (next: EndStatus): void => put({ status: next, ...(next === "failed" ? {} : { error: null }) }, true);
  return (
    <>
      <SettingRow name="test-status" label="The run">
        <select
          id="setting-test-status"
          className="control"
          value={status}
          onChange={(event) => putStatus(event.target.value as EndStatus)}
        >
          <option value="succeeded">succeeds</option>
          <option value="failed">fails</option>
          <option value="cancelled">is cancelled</option>
        </select>
      </SettingRow>
      {(status === "failed" || expect.error) && <ErrorParts error={expect.error ?? {}} onChange={(error) => put({ error })} />}
      <SettingRow name="test-outputs" label="Outputs, by name" help="Each is compared as a whole. Those not named are not looked at.">
        <ObjectField
          id="setting-test-outputs"
          label="Expected outputs by name, as JSON"
          placeholder={'{ "result": … }'}
          value={expect.outputs}
          onChange={(outputs) => put({ outputs: outputs ?? {} })}
        />
      </SettingRow>
      <SettingRow name="test-ran" label="Nodes that must run">
        <NodesField id="setting-test-ran" label="Nodes that must run" names={expect.ran ?? []} nodes={nodes} onChange={(ran) => put({ ran }, true)} />
      </SettingRow>
      <SettingRow name="test-not_ran" label="Nodes that must not run">
        <NodesField id="setting-test-not_ran" label="Nodes that must not run" names={expect.not_ran ?? []} nodes={nodes} onChange={(not_ran) => put({ not_ran }, true)} />
      </SettingRow>
    </>
  );
}
