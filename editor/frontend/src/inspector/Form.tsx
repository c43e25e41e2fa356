/** A node's parameters as a form, made from the JSON schema of its type. */
import type { DragEvent, ReactElement } from "react";

import { FieldsOf } from "../expressions/place";
import { PATH, placeAt, putPath, takerAt } from "../expressions/taking";
import type { DraftNode } from "../model/draft";
import type { NodeSpec, Problem } from "../model/types";
import { NO_PROBLEMS } from "../store/document";
import { Field } from "./Field";
import { Called } from "./fields/CalledFields";
import { Dated } from "./fields/ZoneField";
import { resolve } from "./schema";
import { entryOf } from "../model/own";
import { TypedSecret } from "./TypedSecret";

let marked: HTMLElement | null = null;

/** Show which field would take what is dragged. */
function mark(element: HTMLElement | null): void {
  if (marked !== element) marked?.removeAttribute("data-drop");
  element?.setAttribute("data-drop", "true");
  marked = element;
}

function hover(event: DragEvent): void {
  if (!event.dataTransfer.types.includes(PATH)) return;
  const element = takerAt(event.target);
  mark(element);
  if (!element) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = "copy";
}

function drop(event: DragEvent): void {
  const path = event.dataTransfer.getData(PATH);
  const element = takerAt(event.target);
  mark(null);
  if (!path || !element) return;
  event.preventDefault();
  putPath(element.id, path, placeAt(element, event.clientX, event.clientY));
}

interface Props {
  node: DraftNode;
  spec: NodeSpec;
  problems: readonly Problem[];
}

/** A problem's parameter may be a place inside it: `cases.0.name` belongs to `cases`. */
export function parameterOf(problem: Problem): string {
  return /^[^.[\]]*/.exec(problem.parameter ?? "")?.[0] ?? "";
}

export function Form({ node, spec, problems }: Props) {
  const schema = spec.parameters;
  const fields = Object.entries(schema.properties ?? {});
  const unknown = Object.keys(node.parameters).filter((name) => !entryOf(schema.properties, name));
  if (fields.length === 0 && unknown.length === 0) {
    return <p className="panel-empty">This node has no parameters.</p>;
  }
  const problemsOf = (name: string): readonly Problem[] => {
    const own = problems.filter((problem) => parameterOf(problem) === name);
    return own.length ? own : NO_PROBLEMS;
  };
  const called = node.parameters["blueprint"];
  // A date and its zone are one field.
  const zoneOf = (name: string): string => {
    const zone = resolve(entryOf(schema.properties, name) ?? {}, schema)["zone"];
    return typeof zone === "string" && schema.properties?.[zone] ? zone : "";
  };
  const zones = new Set(fields.map(([name]) => zoneOf(name)));
  // What stands for another one is shown only while that has no value, or both have.
  const insteadOf = (name: string): string => {
    const other = resolve(entryOf(schema.properties, name) ?? {}, schema)["instead_of"];
    return typeof other === "string" ? other : "";
  };
  const isMoot = (name: string): boolean => Boolean(entryOf(node.parameters, insteadOf(name))) && entryOf(node.parameters, name) === undefined;
  const shown = [...fields.map(([name]) => name).filter((name) => !zones.has(name) && !isMoot(name)), ...unknown];
  const field = (name: string, within = false): ReactElement => {
    const zone = zoneOf(name);
    const instead = insteadOf(name);
    const value = entryOf(node.parameters, name);
    return (
      <Field
        key={name}
        node={node.id}
        name={name}
        schema={entryOf(schema.properties, name) ?? {}}
        root={schema}
        value={value}
        required={schema.required?.includes(name) ?? false}
        promoted={node.promoted.includes(name)}
        problems={problemsOf(name)}
        within={within}
      >
        {instead && <TypedSecret node={node.id} name={name} instead={instead} parameters={node.parameters} />}
        {zone && <Dated.Provider value={typeof value === "string" ? value : ""}>{field(zone, true)}</Dated.Provider>}
      </Field>
    );
  };
  return (
    <Called.Provider value={typeof called === "string" ? called : ""}>
      <FieldsOf.Provider value={node.id}>
        <div className="form" onDragOver={hover} onDragLeave={() => mark(null)} onDrop={drop}>
          {shown.map((name) => field(name))}
        </div>
      </FieldsOf.Provider>
    </Called.Provider>
  );
}
