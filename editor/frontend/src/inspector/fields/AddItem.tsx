/** The button that adds a row to a form, and leads the keys into it: they would mean something on the canvas. */
import { Plus } from "lucide-react";
import type { MouseEvent, ReactNode } from "react";
import { flushSync } from "react-dom";

interface Props {
  onAdd: () => void;
  children: ReactNode;
  testId?: string;
}

export function AddItem({ onAdd, children, testId }: Props) {
  const add = ({ currentTarget }: MouseEvent): void => {
    flushSync(onAdd);
    const field = currentTarget.previousElementSibling?.querySelector<HTMLElement>("input, select, textarea");
    field?.focus();
    if (field instanceof HTMLInputElement) field.select();
  };
  return (
    <button type="button" className="add-item" onClick={add} data-testid={testId}>
      <Plus size={13} aria-hidden /> Add {children}
    </button>
  );
}

/** The button that removes a row goes with it: the keys are then where a row is added. */
export function leaveRow({ currentTarget }: MouseEvent): void {
  currentTarget.closest("[role=group]")?.querySelector<HTMLElement>(":scope > .add-item")?.focus();
}
