/** A dialog: the browser's own element, so that focus and Escape are its work. */
import { X } from "lucide-react";
import { type ReactNode, useEffect, useRef } from "react";

import { giveKeys } from "../store/ahead";

interface Props {
  title: string;
  onClose: () => void;
  children: ReactNode;
  wide?: boolean;
  testId?: string;
}

export function Dialog({ title, onClose, children, wide = false, testId }: Props) {
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = element.current;
    dialog?.showModal();
    // The dialog itself would begin with the button that closes it.
    dialog?.querySelector<HTMLElement>("input, textarea, select, footer .button-primary")?.focus();
    giveKeys();
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={element}
      className={`dialog${wide ? " dialog-wide" : ""}`}
      aria-label={title}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onPointerDown={(event) => {
        if (event.target === element.current) onClose();
      }}
      data-testid={testId}
    >
      <div className="dialog-body">
        <div className="dialog-head">
          <h2>{title}</h2>
          <button type="button" className="tool" aria-label="Close" onClick={onClose}>
            <X size={16} aria-hidden />
          </button>
        </div>
        {children}
      </div>
    </dialog>
  );
}
