/** Which node the fields in a form belong to, and which field was last in use. */
import { createContext } from "react";
import { create } from "zustand";

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
