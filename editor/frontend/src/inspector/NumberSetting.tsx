/** A setting that is a number: label, field, what is wrong with it, help. */
import type { Problem } from "../model/types";
import { type Bounds, NumberField } from "./fields/NumberField";
import { SettingRow } from "./SettingRow";

interface Props {
  name: string;
  label: string;
  /** The label without its unit, as the field itself is called. */
  short?: string;
  help?: string | undefined;
  whole?: boolean;
  /** What holds where the field is empty. */
  normal?: number | undefined;
  bounds: Bounds;
  problems?: readonly Problem[];
  value: number | null | undefined;
  onChange: (value: number | undefined) => void;
}

export function NumberSetting({ name, label, short = label, help, whole = false, normal, bounds, problems = [], value, onChange }: Props) {
  return (
    <SettingRow name={name} label={label} problems={problems} {...(help ? { help } : {})}>
      <NumberField
        id={`setting-${name}`}
        label={short}
        name={name}
        schema={{ type: whole ? "integer" : "number", ...(normal === undefined ? {} : { default: normal }) }}
        root={{}}
        bounds={bounds}
        invalid={problems.length > 0}
        value={value ?? undefined}
        onChange={(given) => onChange(typeof given === "number" ? given : undefined)}
      />
    </SettingRow>
  );
}
