/** A button that shows an icon only: its name and keys are its tooltip. */
import type { LucideIcon } from "lucide-react";

import { keyText } from "./keys";

interface Props {
  label: string;
  icon: LucideIcon;
  onClick: () => void;
  keys?: string;
  disabled?: boolean;
  pressed?: boolean;
  testId?: string;
}

export function Tool({ label, icon: Icon, onClick, keys, disabled, pressed, testId }: Props) {
  return (
    <button
      type="button"
      className="tool"
      title={keys ? `${label} (${keyText(keys)})` : label}
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
