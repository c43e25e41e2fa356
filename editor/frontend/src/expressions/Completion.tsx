/** The list at the caret: arrows choose, Enter or Tab takes, Escape closes, Ctrl+Space opens. */
import { useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from "react";
import { createPortal } from "react-dom";

import { membersOf, type Sight, theLanguage, useAnswer } from "./ask";
import { contextAt } from "./caret";
import { placeOnScreen } from "./measure";
import { type Option, optionsFor } from "./options";

interface Props {
  area: HTMLTextAreaElement | HTMLInputElement;
  text: string;
  bare: boolean;
  typed: boolean;
  sight: Sight;
  moment: string;
}

const WIDTH = 380;
const HEIGHT = 260;

/** Write as the person would, so that the browser's undo and the field know of it. */
function write(area: HTMLTextAreaElement | HTMLInputElement, from: number, to: number, option: Option): void {
  area.focus();
  area.setSelectionRange(from, to);
  document.execCommand("insertText", false, option.insert);
  const caret = from + option.insert.length - option.back;
  area.setSelectionRange(caret, caret);
}

export function Completion({ area, text, bare, typed, sight, moment }: Props) {
  const id = useId();
  // In a fresh expression the list says at once what there is.
  const [open, setOpen] = useState(() => document.activeElement === area && (typed || /^\s*\{\{\s*\}\}\s*$/.test(text)));
  const [caret, setCaret] = useState(area.selectionStart ?? 0);
  const [at, setAt] = useState(0);
  const active = useRef<HTMLLIElement>(null);
  const context = open ? contextAt(text, caret, bare) : null;
  const owner = context?.owner ?? null;
  const answer = useAnswer(
    async () => {
      const [found, language] = await Promise.all([
        owner === null ? null : membersOf(sight, moment, owner),
        theLanguage(),
      ]);
      return found && { of: owner, found, language };
    },
    JSON.stringify([sight, moment, owner]),
    60,
  );
  const options = useMemo(() => {
    if (!context || !answer || answer.of !== context.owner) return [];
    const { found, language } = answer;
    return optionsFor(context, found.members ?? [], language, found.owner?.type ?? null);
  }, [answer, text, caret, open]);
  const exact = options.length === 1 && options[0] && context && options[0].back === 0 && text.slice(context.from, context.to) === options[0].insert;
  const shown = options.length > 0 && !exact;

  useEffect(() => {
    const typed = (): void => {
      setOpen(true);
      setAt(0);
      setCaret(area.selectionStart ?? 0);
    };
    const moved = (): void => setCaret(area.selectionStart ?? 0);
    const left = (): void => setOpen(false);
    area.addEventListener("input", typed);
    area.addEventListener("keyup", moved);
    area.addEventListener("pointerup", moved);
    area.addEventListener("blur", left);
    return () => {
      area.removeEventListener("input", typed);
      area.removeEventListener("keyup", moved);
      area.removeEventListener("pointerup", moved);
      area.removeEventListener("blur", left);
    };
  }, [area]);

  const take = (option: Option | undefined): void => {
    if (!option || !context) return;
    write(area, context.from, context.to, option);
    // What has members goes on with a dot; then the list comes again.
    setOpen(false);
  };
  useEffect(() => {
    const key = (event: Event): void => {
      if (!(event instanceof KeyboardEvent)) return;
      if (event.key === " " && event.ctrlKey) {
        setCaret(area.selectionStart ?? 0);
        setAt(0);
        setOpen(true);
      } else if (!shown || event.altKey || event.ctrlKey || event.metaKey) return;
      else if (event.key === "ArrowDown") setAt((at + 1) % options.length);
      else if (event.key === "ArrowUp") setAt((at + options.length - 1) % options.length);
      else if ((event.key === "Enter" || event.key === "Tab") && !event.shiftKey) take(options[at]);
      else if (event.key === "Escape") setOpen(false);
      else return;
      event.preventDefault();
      event.stopPropagation();
    };
    area.addEventListener("keydown", key, true);
    return () => area.removeEventListener("keydown", key, true);
  });

  useEffect(() => {
    // A text box with a list, as ARIA has it for fields of several lines.
    area.setAttribute("aria-autocomplete", "list");
    area.setAttribute("aria-haspopup", "listbox");
    if (shown) {
      area.setAttribute("aria-controls", id);
      area.setAttribute("aria-activedescendant", `${id}-${at}`);
    } else {
      area.removeAttribute("aria-controls");
      area.removeAttribute("aria-activedescendant");
    }
    return () => {
      for (const name of ["aria-autocomplete", "aria-haspopup", "aria-controls", "aria-activedescendant"]) area.removeAttribute(name);
    };
  }, [area, shown, at, id]);
  useLayoutEffect(() => {
    active.current?.scrollIntoView({ block: "nearest" });
  }, [at]);

  const where = shown && context ? placeOnScreen(area, context.from) : null;
  const below = where !== null && where.bottom + HEIGHT + 8 < window.innerHeight;
  return (
    <>
      <span className="visually-hidden" role="status">
        {shown ? `${options.length} ${options.length === 1 ? "suggestion" : "suggestions"}` : ""}
      </span>
      {where &&
        createPortal(
          <ul
            id={id}
            className="completion"
            role="listbox"
            aria-label="Suggestions"
            tabIndex={-1}
            style={{
              left: Math.max(8, Math.min(where.x, window.innerWidth - WIDTH - 8)),
              width: WIDTH,
              maxHeight: HEIGHT,
              ...(below ? { top: where.bottom + 8 } : { bottom: window.innerHeight - where.top + 4 }),
            }}
            // The field keeps the focus.
            onPointerDown={(event) => event.preventDefault()}
            onMouseDown={(event) => event.preventDefault()}
          >
            {options.map((option, place) => (
              <li
                key={option.insert}
                id={`${id}-${place}`}
                ref={place === at ? active : null}
                role="option"
                aria-selected={place === at}
                data-expected={option.expected || undefined}
                title={option.expected ? "No run has given this yet" : undefined}
                onPointerMove={() => setAt(place)}
                onClick={() => take(option)}
              >
                <span className="completion-label">{option.label}</span>
                <span className="completion-detail">{option.detail}</span>
                <span className="completion-type" data-type={option.type}>
                  {option.type === "call" ? "ƒ" : option.type}
                </span>
              </li>
            ))}
          </ul>,
          // Within a landmark of the page; its place on the screen is its own.
          area.closest("aside, section[aria-label], main") ?? document.body,
        )}
    </>
  );
}
