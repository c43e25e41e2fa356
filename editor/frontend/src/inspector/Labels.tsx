/** What a worker must have to take the runs: labels such as gpu or eu, with commas between. */
import { useText } from "./fields/useText";
import { SettingRow } from "./SettingRow";

const LABEL = /^[a-z0-9][a-z0-9_.-]{0,30}$/;

interface Props {
  name: string;
  help: string;
  labels: readonly string[] | undefined;
  onChange: (labels: string[] | undefined) => void;
}

/** Read labels from a text. Throws where one of them is none. */
function read(text: string): string {
  const found = text.split(/[\s,]+/).filter(Boolean);
  const wrong = found.find((label) => !LABEL.test(label));
  if (wrong !== undefined) throw new Error(`${wrong} is no label`);
  return [...new Set(found)].join(", ");
}

export function Labels({ name, help, labels, onChange }: Props) {
  const { text, setText, broken } = useText((labels ?? []).join(", "), read, (value) =>
    onChange(value ? value.split(", ") : undefined),
  );
  return (
    <SettingRow
      name={name}
      label="Only workers with"
      help={broken ? "A label has small letters, digits, . - and _, and at most 31 of them." : help}
    >
      <input
        id={`setting-${name}`}
        type="text"
        className="control is-code"
        autoComplete="off"
        spellCheck={false}
        placeholder="gpu, eu"
        aria-invalid={broken || undefined}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
    </SettingRow>
  );
}
