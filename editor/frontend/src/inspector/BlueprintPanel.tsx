/** With nothing selected: the blueprint itself, its settings, inputs and problems. */
import type { BlueprintSettings } from "../model/types";
import { setBlueprint, useDraft } from "../store/document";
import { useMay } from "../store/rights";
import { DeclaredInputs } from "./DeclaredInputs";
import { ErrorBlueprint } from "./ErrorBlueprint";
import { AreaField } from "./fields/AreaField";
import { Files } from "./Files";
import { Labels } from "./Labels";
import { NumberSetting } from "./NumberSetting";
import { ProblemList } from "./ProblemList";
import { Queueing } from "./queue/Queueing";
import { Options, SettingRow } from "./SettingRow";
import { WHEN_A_NODE_FAILS } from "./settings";
import { UsedBy } from "./UsedBy";

function putSettings(part: Partial<BlueprintSettings>): void {
  const { settings } = useDraft.getState();
  const changed = Object.fromEntries(
    Object.entries({ ...settings, ...part }).filter(([, value]) => value !== undefined),
  ) as BlueprintSettings;
  setBlueprint("settings", Object.keys(changed).length ? changed : undefined);
}

export function BlueprintPanel() {
  const description = useDraft((state) => state.description);
  const settings = useDraft((state) => state.settings);
  const inputs = useDraft((state) => state.inputs);
  const edits = useMay("edit");
  const owns = useMay("own");
  return (
    <div className="inspector-scroll">
      <h2 className="visually-hidden">The blueprint</h2>
      <section className="inspector-section">
        <h3>Problems</h3>
        <ProblemList />
      </section>
      <fieldset className="looked-at" disabled={!edits}>
        <section className="inspector-section form">
          <h3>Blueprint</h3>
          <SettingRow name="description" label="Description">
            <AreaField
              id="setting-description"
              label="Description"
              name="description"
              schema={{}}
              root={{}}
              value={description}
              onChange={(value) => setBlueprint("description", typeof value === "string" ? value : "")}
            />
          </SettingRow>
        </section>
        <section className="inspector-section">
          <h3>Inputs</h3>
          {edits || Object.keys(inputs).length > 0 ? <DeclaredInputs /> : <p className="field-help">It declares none.</p>}
        </section>
        <section className="inspector-section form">
          <h3>Runs</h3>
          <SettingRow name="on_failure" label="When a node fails">
            <select
              id="setting-on_failure"
              className="control"
              value={settings.on_failure ?? "cancel"}
              onChange={(event) => putSettings({ on_failure: event.target.value === "finish" ? "finish" : undefined })}
            >
              <Options words={WHEN_A_NODE_FAILS} />
            </select>
          </SettingRow>
          <NumberSetting
            name="timeout"
            label="Time limit (seconds)"
            short="Time limit"
            help="For the whole run. Empty: no limit."
            bounds={{ above: 0, most: 366 * 86_400 }}
            value={settings.timeout}
            onChange={(timeout) => putSettings({ timeout })}
          />
          <NumberSetting
            name="cleanup_timeout"
            label="Time to clean up (seconds)"
            short="Time to clean up"
            help={
              settings.cleanup_timeout === null
                ? "For what cleans up and undoes when a run ends early. It has no limit now; a number sets one."
                : "For what cleans up and undoes when a run ends early. Empty: an hour."
            }
            normal={settings.cleanup_timeout === null ? undefined : 3600}
            bounds={{ above: 0, most: 366 * 86_400 }}
            value={settings.cleanup_timeout}
            onChange={(cleanup_timeout) => putSettings({ cleanup_timeout })}
          />
          <Labels
            name="labels"
            help="Labels of workers (conductor worker --labels). Empty: any worker."
            labels={settings.labels}
            onChange={(labels) => putSettings({ labels })}
          />
          <NumberSetting
            name="concurrency"
            label="Nodes at once"
            help="In one run. Empty: as many as can work."
            whole
            bounds={{ least: 1, most: 100_000 }}
            value={settings.concurrency}
            onChange={(concurrency) => putSettings({ concurrency })}
          />
          <ErrorBlueprint settings={settings} onChange={putSettings} />
        </section>
        <Queueing settings={settings} onChange={putSettings} />
      </fieldset>
      <Files />
      {owns && <UsedBy />}
    </div>
  );
}
