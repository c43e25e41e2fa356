/** One parameter: its label, help and problems, and the switches to expression, port and default. */
import { Cable, RotateCcw } from "lucide-react";
import { memo, type ReactNode, useState } from "react";

import type { Json, Problem, Schema } from "../model/types";
import { useActive } from "../expressions/place";
import { useTaker } from "../expressions/taking";
import { corrected } from "../model/corrected";
import { labelOf } from "../model/labels";
import { asStep, setParameter, setPromoted } from "../store/document";
import { ExpressionField } from "./fields/ExpressionField";
import { Expand } from "./Expand";
import { keysInto } from "./keysInto";
import { takerOf } from "./fields/takes";
import { LiteralField } from "./fields/ValueField";
import { isDeeper, isError, ProblemLines, ProblemsHere } from "./fields/Within";
import {
  blankOf,
  inBraces,
  isExpression,
  isLiteral,
  kindOf,
  NEVER_COMPUTED,
  plainOf,
  resolve,
  toExpression,
  toLiteral,
  wantsExpression,
} from "./schema";
import { useStanding } from "./standing";
import { Words } from "./Words";

interface Props {
  node: string;
  name: string;
  schema: Schema;
  root: Schema;
  value: Json | undefined;
  required: boolean;
  promoted: boolean;
  problems: readonly Problem[];
  /** It is a part of the field that it stands in, and says only its name beside its control. */
  within?: boolean;
  /** The field that is a part of this one. */
  children?: ReactNode;
}

/** Kinds that say which blueprint or credential: whatever names one must be seen before it runs. */
const NAMES: ReadonlySet<string> = new Set(["blueprint", "blueprints", "credential"]);

export const Field = memo(function Field(props: Props) {
  const { node, name, root, value, required, promoted, within, children } = props;
  const schema = resolve(props.schema, root);
  const kind = kindOf(schema);
  const label = labelOf(name, schema);
  const problems = useStanding(props.problems, value);
  const id = `parameter-${node}-${name}`;
  // Emptied while it is edited, an expression stays one.
  const wants = wantsExpression(schema);
  const [asked, setAsked] = useState(wants && (value === undefined || value === ""));
  const computed = isExpression(value) && !NEVER_COMPUTED.has(kind);
  const expression = computed || (asked && (value === undefined || typeof value === "string"));
  const literal = isLiteral(schema) && !promoted;
  const own = expression ? problems : problems.filter((problem) => !isDeeper(problem, kind, schema, value));
  const invalid = own.some(isError);
  const told = {
    parameters: root,
    correct: (written: string, instead: string): void => asStep(() => setParameter(node, name, corrected(value, written, instead))),
  };

  const write = (next: Json | undefined): void => {
    const empty = value === undefined || value === "";
    if (!expression && !literal && next === "=" && empty) {
      setAsked(true);
      setParameter(node, name, toExpression(undefined));
    } else {
      // Whoever writes over an expression goes on in the same field, whatever stands in it meanwhile.
      if ((expression || isExpression(next)) && !NEVER_COMPUTED.has(kind)) setAsked(true);
      setParameter(node, name, next);
    }
  };
  const toggle = (): void => {
    setAsked(!expression);
    if (!expression) asStep(() => setParameter(node, name, toExpression(value ?? schema.default)));
    else {
      const literal = typeof value === "string" ? toLiteral(value) : value;
      const fallback = required ? blankOf(schema, root) : undefined;
      asStep(() => setParameter(node, name, literal === undefined || literal === null ? fallback : literal));
    }
  };
  useTaker(id, literal ? null : takerOf(kind, value, expression, { wants, write }));
  const shared = { id, label, name, schema, root, value, invalid, onChange: write };

  return (
    <div
      className={within ? "field field-within" : "field"}
      data-kind={expression ? "expression" : kind}
      data-promoted={promoted}
      data-testid={`field-${name}`}
      onFocus={(event) => {
        useActive.setState({ field: event.target.id || id });
      }}
    >
      <div className="field-head">
        <label htmlFor={id}>
          {label}
          {required && <abbr title="required">*</abbr>}
        </label>
        <span className="field-tools">
          <Expand id={id} node={node} label={label} kind={kind} schema={schema} value={value} computed={expression} onChange={write} />
          {value !== undefined && !required && (
            <button
              type="button"
              className="small-tool"
              aria-label={`Reset ${label} to its default`}
              title="Reset to the default"
              onClick={() => {
                setAsked(false);
                asStep(() => setParameter(node, name, undefined));
              }}
            >
              <RotateCcw size={13} aria-hidden />
            </button>
          )}
          {!NAMES.has(kind) && !literal && (
            <button
              type="button"
              className="small-tool"
              aria-pressed={promoted}
              aria-label={`${label} as an input port`}
              title={promoted ? "An input port gives the value" : "Make this an input port"}
              onClick={() => setPromoted(node, name, !promoted)}
            >
              <Cable size={13} aria-hidden />
            </button>
          )}
          {!NEVER_COMPUTED.has(kind) && !(literal && !expression) && (
            <button
              type="button"
              className="small-tool fx"
              aria-pressed={expression}
              aria-label={`${label} as an expression`}
              title={expression ? "Back to a plain value" : "Compute it with an expression"}
              onClick={() => keysInto(id, toggle)}
              data-testid={`fx-${name}`}
            >
              fx
            </button>
          )}
        </span>
      </div>
      <div className="field-control">
        {expression ? (
          <ExpressionField
            {...shared}
            loose={wants}
            onLeave={(text) => {
              const meant = wants ? inBraces(text) : isExpression(text) ? text : plainOf(text, kind);
              if (meant !== text) setParameter(node, name, meant);
            }}
          />
        ) : (
          <ProblemsHere.Provider value={{ list: problems, ...told }}>
            <LiteralField {...shared} />
          </ProblemsHere.Provider>
        )}
      </div>
      {children}
      {promoted && <p className="field-note">Used when the port “{label}” gets no value.</p>}
      {schema.description && !within && <p className="field-help"><Words text={schema.description} /></p>}
      <ProblemLines {...told} list={own} />
    </div>
  );
});
