/** A part of a value in a list of fields: what is wrong with it stands at it, and not beneath the whole list. */
import { createContext, type ReactNode, useContext } from "react";

import { sentenceAtField } from "../../model/labels";
import type { Json, Problem, Schema } from "../../model/types";
import { isObject } from "../../runs/inputs";
import { kindOf } from "../schema";
import { Words } from "../Words";

interface Problems {
  list: readonly Problem[];
  /** Put in a parameter's value what was probably meant; only a parameter of a node has that. */
  correct?: (written: string, instead: string) => void;
  /** The parameters of the node's kind, by whose titles the problems speak. */
  parameters?: Schema;
}

const NONE: Problems = { list: [] };
/** The problems of the value that is shown here; their places begin in it. */
export const ProblemsHere = createContext<Problems>(NONE);

export const isError = ({ severity }: Problem): boolean => severity === "error";

/** Whether a form of this kind shows the part of a value at a place by itself. */
function hasRow(kind: string, schema: Schema, value: Json | undefined, at: string | number): boolean {
  if (kind === "list" || kind === "blueprints") return Array.isArray(value) && typeof at === "number" && at < value.length;
  if (kind === "pairs" || kind === "called-inputs") return at !== "" && isObject(value) && Object.hasOwn(value, at);
  return kind === "model" && Object.hasOwn(schema.properties ?? {}, at);
}

/** Whether a problem is shown at a part of the value, and not at the value itself. */
export function isDeeper({ place }: Problem, kind: string, schema: Schema, value: Json | undefined): boolean {
  const [at] = place ?? [];
  return at !== undefined && hasRow(kind, schema, value, at);
}

/** The sentences, each with what was probably meant. */
export function ProblemLines({ list, correct, parameters }: Problems) {
  return list.map((problem) => (
    <p key={problem.code + problem.message} className="field-error" data-severity={problem.severity}>
      <Words text={sentenceAtField(problem, parameters)} />
      {problem.written && problem.instead && correct && (
        <button type="button" onClick={() => correct(problem.written ?? "", problem.instead ?? "")}>
          Use <code>{problem.instead}</code>
        </button>
      )}
    </p>
  ));
}

interface Props {
  at: string | number;
  schema: Schema;
  value: Json | undefined;
  children: ReactNode;
}

export function Within({ at, schema, value, children }: Props) {
  const around = useContext(ProblemsHere);
  const list = around.list.flatMap((problem) => {
    const [first, ...place] = problem.place ?? [];
    return first === at ? [{ ...problem, place }] : [];
  });
  const kind = kindOf(schema);
  return (
    <>
      <ProblemsHere.Provider value={{ ...around, list }}>{children}</ProblemsHere.Provider>
      <ProblemLines {...around} list={list.filter((problem) => !isDeeper(problem, kind, schema, value))} />
    </>
  );
}

/** Whether what is shown here is wrong itself. */
export function useIsWrong(): boolean {
  return useContext(ProblemsHere).list.some((problem) => isError(problem) && !problem.place?.length);
}
