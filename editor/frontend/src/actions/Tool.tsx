/** A button that shows an icon only: its name and keys are its tooltip. */
import type { LucideIcon } from "lucide-react";

import { keysNow, useKeymap } from "../store/keymap";
import { keyText } from "./keys";

interface Props {
  label: string;
  icon: LucideIcon;
  onClick: () => void;
  /** The action that it stands for, and the keys that this has by itself. */
  action?: string;
  keys?: string;
  disabled?: boolean;
  pressed?: boolean;
  testId?: string;
}

export function Tool({ label, icon: Icon, onClick, action = "", keys, disabled, pressed, testId }: Props) {
  useKeymap();
  const [shown] = keysNow(action, keys ? [keys] : []) ?? [];
  return (
    <button
      type="button"
      className="tool"
      title={shown ? `${label} (${keyText(shown)})` : label}
      aria-label={label}
      aria-pressed={pressed}
      disabled={disabled}
      onClick={onClick}
      data-testid={testId}
    >
      <Icon size={16} strokeWidth={1.9} aria-hidden />
    </button>
  );
}
