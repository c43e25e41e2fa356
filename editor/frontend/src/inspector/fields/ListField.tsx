/** A list: each item a field of its own, to add, move and remove. */
import { ArrowDown, ArrowUp, X } from "lucide-react";
import { useRef } from "react";

import type { Json } from "../../model/types";
import { blankOf, kindOf, options, resolve } from "../schema";
import { AddItem, leaveRow } from "./AddItem";
import { ValueField } from "./ValueField";
import { Within } from "./Within";
import type { FieldProps } from "./types";

export function ListField({ id, label, schema, root, value, onChange }: FieldProps) {
  const items = Array.isArray(value) ? value : Array.isArray(schema.default) ? schema.default : [];
  const item = resolve(schema.items ?? {}, root);
  const large = kindOf(item) === "model";
  // Items have no identity of their own; keys must stay while one is edited and move with it.
  const keys = useRef<number[]>([]);
  const next = useRef(0);
  while (keys.current.length < items.length) keys.current.push(next.current++);
  keys.current.length = items.length;

  const put = (index: number, part: Json | undefined): void =>
    onChange(items.map((old, at) => (at === index ? (part ?? blankOf(item, root)) : old)));
  const remove = (index: number): void => {
    keys.current.splice(index, 1);
    onChange(items.filter((_, at) => at !== index));
  };
  const move = (index: number, way: number): void => {
    const to = index + way;
    for (const list of [keys.current, [...items]] as unknown[][]) {
      [list[index], list[to]] = [list[to], list[index]];
      if (list !== keys.current) onChange(list as Json[]);
    }
  };

  // Of a choice that is not in the list yet: nobody wants the same day twice.
  const blank = (): Json => {
    const free = item.default === undefined && options(item)?.find((option) => !items.includes(option));
    return free === undefined || free === false ? blankOf(item, root) : free;
  };

  return (
    <div className="field-list" role="group" aria-label={label} id={id}>
      {items.map((part, index) => (
        <div key={keys.current[index]} className={`list-item${large ? " is-large" : ""}`}>
          <div className="list-item-value">
            <Within at={index} schema={item} value={part}>
              <ValueField
                id={`${id}-${index}`}
                label={`${label} ${index + 1}`}
                name={String(index)}
                schema={item}
                root={root}
                value={part}
                onChange={(changed) => put(index, changed)}
              />
            </Within>
          </div>
          <div className="list-item-tools">
            {large && index > 0 && (
              <button type="button" className="small-tool" aria-label={`Move item ${index + 1} up`} onClick={() => move(index, -1)}>
                <ArrowUp size={13} aria-hidden />
              </button>
            )}
            {large && index < items.length - 1 && (
              <button type="button" className="small-tool" aria-label={`Move item ${index + 1} down`} onClick={() => move(index, 1)}>
                <ArrowDown size={13} aria-hidden />
              </button>
            )}
            <button
              type="button"
              className="small-tool"
              aria-label={`Remove item ${index + 1}`}
              onClick={(event) => {
                leaveRow(event);
                remove(index);
              }}
            >
              <X size={13} aria-hidden />
            </button>
          </div>
        </div>
      ))}
      <AddItem onAdd={() => onChange([...items, blank()])}>{items.length ? "another" : "an item"}</AddItem>
    </div>
  );
}
