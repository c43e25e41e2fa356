/** A field and the list of what answers it: arrows choose, Enter takes. */
import { type ReactNode, useEffect, useLayoutEffect, useRef, useState } from "react";

interface Props<Item> {
  label: string;
  placeholder: string;
  /** What is said where nothing answers. */
  none: string;
  query: string;
  onQuery: (query: string) => void;
  items: readonly Item[];
  keyOf: (item: Item) => string;
  show: (item: Item) => ReactNode;
  isOff?: (item: Item) => boolean;
  onChoose: (item: Item) => void;
  /** What cannot be chosen now was chosen all the same. */
  onOff?: (item: Item) => void;
}

export function PickList<Item>({
  label,
  placeholder,
  none,
  query,
  onQuery,
  items,
  keyOf,
  show,
  isOff = () => false,
  onChoose,
  onOff,
}: Props<Item>) {
  const [index, setIndex] = useState(0);
  const active = useRef<HTMLLIElement>(null);
  const choose = (item: Item | undefined): void => {
    if (item === undefined) return;
    if (isOff(item)) onOff?.(item);
    else onChoose(item);
  };
  useEffect(() => {
    setIndex(0);
  }, [query]);
  useLayoutEffect(() => {
    active.current?.scrollIntoView({ block: "nearest" });
  }, [index]);
  return (
    <>
      <input
        type="text"
        className="commands-search"
        aria-label={label}
        placeholder={placeholder}
        value={query}
        onChange={(event) => onQuery(event.target.value)}
        onKeyDown={(event) => {
          const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
          if (step && items.length) setIndex((index + step + items.length) % items.length);
          else if (event.key === "Enter") choose(items[index]);
          else return;
          event.preventDefault();
        }}
      />
      {items.length > 0 ? (
        <ul className="commands" role="listbox" aria-label={label} tabIndex={0}>
          {items.map((item, at) => (
            <li
              key={keyOf(item)}
              ref={at === index ? active : null}
              role="option"
              aria-selected={at === index}
              aria-disabled={isOff(item)}
              className={at === index ? "is-active" : ""}
              onPointerMove={() => setIndex(at)}
              onClick={() => choose(item)}
            >
              {show(item)}
            </li>
          ))}
        </ul>
      ) : (
        <p className="quick-none" role="status">
          {none}
        </p>
      )}
    </>
  );
}
