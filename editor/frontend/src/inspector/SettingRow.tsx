/** A setting: label, control, help. */
import type { ReactNode } from "react";

interface Props {
  name: string;
  label: string;
  help?: string;
  inline?: boolean;
  children: ReactNode;
}

export function SettingRow({ name, label, help, inline = false, children }: Props) {
  return (
    <div className="field" data-kind={inline ? "boolean" : "setting"} data-testid={`field-${name}`}>
      <div className="field-head">
        <label htmlFor={`setting-${name}`}>{label}</label>
      </div>
      <div className="field-control">{children}</div>
      {help && <p className="field-help">{help}</p>}
    </div>
  );
}
