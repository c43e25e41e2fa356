/** What helps with the expression in a field: the list at the caret, and the value beneath. */
import { placeOf } from "./place";
import { useSight } from "./ask";
import { Completion } from "./Completion";
import { Preview } from "./Preview";

interface Props {
  area: HTMLTextAreaElement | HTMLInputElement;
  /** The field's id, which tells its place among the parameters. */
  field: string;
  node: string;
  text: string;
  bare: boolean;
  /** Something was typed since the field is in use: the list may open at once. */
  typed: boolean;
}

export function Assist({ area, field, node, text, bare, typed }: Props) {
  const { sight, moment } = useSight(node, placeOf(field, node));
  const written = bare && text.trim() !== "" && !text.includes("{{") ? `{{ ${text} }}` : text;
  return (
    <>
      <Completion area={area} text={text} bare={bare} typed={typed} sight={sight} moment={moment} />
      {written.includes("{{") && <Preview text={written} sight={sight} moment={moment} />}
    </>
  );
}
