/** A setting: label, control, what is wrong with it, help. */
import type { ReactNode } from "react";

import type { Problem } from "../model/types";

interface Props {
  name: string;
  label: string;
  help?: string;
  inline?: boolean;
  problems?: readonly Problem[];
  children: ReactNode;
}

/** The values of a choice, each with its words. */
export function Options({ words }: { words: Readonly<Record<string, string>> }) {
  return Object.entries(words).map(([value, text]) => (
    <option key={value} value={value}>
      {text}
    </option>
  ));
}

export function SettingRow({ name, label, help, inline = false, problems = [], children }: Props) {
  return (
    <div className="field" data-kind={inline ? "boolean" : "setting"} data-testid={`field-${name}`}>
      <div className="field-head">
        <label htmlFor={`setting-${name}`}>{label}</label>
      </div>
      <div className="field-control">{children}</div>
      {problems.map((problem) => (
        <p key={problem.code + problem.message} className="field-error" data-severity={problem.severity}>
          {problem.message}
        </p>
      ))}
      {help && <p className="field-help">{help}</p>}
    </div>
  );
}
