/** A node's parameters as a form, made from the JSON schema of its type. */
import type { DraftNode } from "../model/draft";
import { FieldsOf } from "../expressions/place";
import type { NodeSpec, Problem } from "../model/types";
import { NO_PROBLEMS } from "../store/document";
import { Field } from "./Field";
import { Called } from "./fields/CalledFields";

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
  const unknown = Object.keys(node.parameters).filter((name) => !schema.properties?.[name]);
  if (fields.length === 0 && unknown.length === 0) {
    return <p className="panel-empty">This node has no parameters.</p>;
  }
  const problemsOf = (name: string): readonly Problem[] => {
    const own = problems.filter((problem) => parameterOf(problem) === name);
    return own.length ? own : NO_PROBLEMS;
  };
  const called = node.parameters["blueprint"];
  return (
    <Called.Provider value={typeof called === "string" ? called : ""}>
      <FieldsOf.Provider value={node.id}>
        <div className="form">
          {[...fields, ...unknown.map((name) => [name, {}] as const)].map(([name, part]) => (
            <Field
              key={name}
              node={node.id}
              name={name}
              schema={part}
              root={schema}
              value={node.parameters[name]}
              required={schema.required?.includes(name) ?? false}
              promoted={node.promoted.includes(name)}
              problems={problemsOf(name)}
            />
          ))}
        </div>
      </FieldsOf.Provider>
    </Called.Provider>
  );
}
