/** Rows of the settings of a queue: a number, a text, a choice; each with what the drawing's checks say of it. */
import { useMemo } from "react";

import type { Problem } from "../../model/types";
import { useProblems } from "../../store/document";
import type { Bounds } from "../fields/NumberField";
import { useText } from "../fields/useText";
import { NumberSetting } from "../NumberSetting";
import { Options, SettingRow } from "../SettingRow";

interface Row<T> {
  /** Its path below `queue`, as `batch.most`. */
  name: string;
  label: string;
  help?: string | undefined;
  value: T | null | undefined;
  onChange: (value: T | undefined) => void;
}

function useProblemsOf(name: string): readonly Problem[] {
  const all = useProblems("");
  return useMemo(() => all.filter((problem) => problem.parameter === `queue.${name}`), [all, name]);
}

const idOf = (name: string): string => `queue-${name.replace(".", "-")}`;

interface NumberRowProps extends Row<number> {
  bounds: Bounds;
  whole?: boolean;
  normal?: number;
}

export function NumberRow({ name, ...setting }: NumberRowProps) {
  return <NumberSetting name={idOf(name)} problems={useProblemsOf(name)} {...setting} />;
}

interface TextRowProps extends Row<string> {
  placeholder: string;
  code?: boolean;
  /** Why a text can't be kept, as a sentence; "" where it can. */
  whyNot?: (text: string) => string;
}

export function TextRow({ name, label, help, value, onChange, placeholder, code = false, whyNot = () => "" }: TextRowProps) {
  const problems = useProblemsOf(name);
  const { text, setText, broken } = useText(
    value ?? "",
    (typed) => {
      const reason = whyNot(typed);
      if (reason) throw new RangeError(reason);
      return typed || undefined;
    },
    onChange,
  );
  return (
    <SettingRow name={idOf(name)} label={label} problems={problems} {...(help ? { help } : {})}>
      <input
        id={`setting-${idOf(name)}`}
        type="text"
        className={code ? "control is-code" : "control"}
        autoComplete="off"
        spellCheck={false}
        aria-invalid={broken || problems.length > 0 || undefined}
        maxLength={10_000}
        placeholder={placeholder}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      {broken && (
        <p className="field-error" role="alert">
          {whyNot(text)}
        </p>
      )}
    </SettingRow>
  );
}

interface ChoiceRowProps<T extends string> extends Omit<Row<T>, "onChange" | "value"> {
  value: T;
  words: Record<T, string>;
  onChange: (value: T) => void;
}

export function ChoiceRow<T extends string>({ name, label, help, value, words, onChange }: ChoiceRowProps<T>) {
  const problems = useProblemsOf(name);
  return (
    <SettingRow name={idOf(name)} label={label} problems={problems} {...(help ? { help } : {})}>
      <select id={`setting-${idOf(name)}`} className="control" value={value} onChange={(event) => onChange(event.target.value as T)}>
        <Options words={words} />
      </select>
    </SettingRow>
  );
}
