/** Which blueprint is started when a run of this one ends badly, and for which ends. */
import type { BlueprintSettings } from "../model/types";
import { BlueprintField } from "./fields/BlueprintField";
import { SettingRow } from "./SettingRow";
import { ENDS } from "./settings";

const NAMES = Object.keys(ENDS) as (keyof typeof ENDS)[];
const USUAL: readonly string[] = ["failed", "crashed", "timed_out"];

interface Props {
  settings: BlueprintSettings;
  onChange: (part: Partial<BlueprintSettings>) => void;
}

export function ErrorBlueprint({ settings, onChange }: Props) {
  const ends = settings.error_blueprint_for ?? USUAL;
  return (
    <>
      <SettingRow
        name="error_blueprint"
        label="Error blueprint"
        help="Started when a run of this one ends badly. It begins with the trigger “Error of a blueprint”."
      >
        <BlueprintField
          id="setting-error_blueprint"
          label="Error blueprint"
          name="error_blueprint"
          schema={{}}
          root={{}}
          nothing="None"
          value={settings.error_blueprint}
          onChange={(value) => onChange({ error_blueprint: typeof value === "string" ? value : undefined })}
        />
      </SettingRow>
      {settings.error_blueprint && (
        <div className="field-checks" role="group" aria-label="Start the error blueprint when">
          {NAMES.map((name) => (
            <label key={name}>
              <input
                type="checkbox"
                checked={ends.includes(name)}
                onChange={(event) => {
                  const after = NAMES.filter((end) =>
                    end === name ? event.target.checked : ends.includes(end),
                  );
                  const usual = after.join() === USUAL.join();
                  onChange({ error_blueprint_for: usual ? undefined : after });
                }}
              />
              {ENDS[name]}
            </label>
          ))}
        </div>
      )}
    </>
  );
}
