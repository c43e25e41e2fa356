/** Which node the fields in a form belong to, and which field was last in use. */
import { createContext, useContext } from "react";
import { create } from "zustand";

import { isLiteral } from "../inspector/schema";
import type { Json, Schema } from "../model/types";

/** The node whose parameters the fields hold; "" where they are of no node. */
export const FieldsOf = createContext("");

interface Active {
  /** The id of the field that was last in use: its preview stays until another one is. */
  field: string | null;
  /** Where the caret was when a text became an expression while it was typed: another field goes on there. */
  caret: number | null;
}

export const useActive = create<Active>(() => ({ field: null, caret: null }));

/** Text is typed into a field that gives way to one for expressions as soon as it holds one. */
export function typedAt(area: HTMLInputElement | HTMLTextAreaElement): void {
  useActive.setState({ caret: area.value.includes("{{") ? area.selectionStart : null });
}

/** The place of a field within its node's parameters, from the field's id: `cases.0.name`. */
export function placeOf(id: string, node: string): string {
  return id.replace(`parameter-${node}-`, "").replaceAll("-", ".");
}

/** The name of a field among those of all nodes; "" where it is of no node. */
export function useFieldName(id: string): string {
  const node = useContext(FieldsOf);
  return node && `${node} ${id}`;
}

interface Begun {
  schema: Schema;
  value: Json | undefined;
  onChange: (value: Json) => void;
}

/** For fields that hold no text: whether what is typed begins an expression, to which the field then gives way. */
export function useBeginning({ schema, value, onChange }: Begun): (area: HTMLInputElement) => boolean {
  const node = useContext(FieldsOf);
  return (area) => {
    const begins = area.value.includes("{{") || (area.value === "=" && (value === undefined || value === null));
    if (!node || !begins || isLiteral(schema)) return false;
    typedAt(area);
    onChange(area.value);
    return true;
  };
}
