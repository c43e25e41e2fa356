/** The field for a value: by the kind of its schema, or as an expression where it holds one. */
import { useState } from "react";

import { useTaker } from "../../expressions/taking";
import { isExpression, isLiteral, kindOf, NEVER_COMPUTED, plainOf, toExpression } from "../schema";
import { AreaField } from "./AreaField";
import { BlueprintField } from "./BlueprintField";
import { BooleanField } from "./BooleanField";
import { CalledInputs, CalledOutputs } from "./CalledFields";
import { CalendarField } from "./CalendarField";
import { ChoiceField } from "./ChoiceField";
import { CredentialField } from "./CredentialField";
import { CronField } from "./CronField";
import { DurationField } from "./DurationField";
import { ExpressionField } from "./ExpressionField";
import { FileField } from "./FileField";
import { JsonField } from "./JsonField";
import { ListField } from "./ListField";
import { ModelField } from "./ModelField";
import { MomentField } from "./MomentField";
import { NumberField } from "./NumberField";
import { PairsField } from "./PairsField";
import { TextField } from "./TextField";
import { takerOf } from "./takes";
import type { FieldProps } from "./types";
import { useIsWrong } from "./Within";
import { ZoneField } from "./ZoneField";

/** The field of a literal. */
export function LiteralField(props: FieldProps) {
  switch (kindOf(props.schema)) {
    case "text":
      return <TextField {...props} />;
    case "secret":
      return <TextField {...props} secret />;
    case "multiline":
      return <AreaField {...props} />;
    case "code":
      return <AreaField {...props} code />;
    case "formula":
      return <ExpressionField {...props} bare />;
    case "number":
      return <NumberField {...props} />;
    case "duration":
      return <DurationField {...props} />;
    case "moment":
      return <MomentField {...props} />;
    case "zone":
      return <ZoneField {...props} />;
    case "cron":
      return <CronField {...props} />;
    case "calendar":
      return <CalendarField {...props} />;
    case "file":
      return <FileField {...props} />;
    case "boolean":
      return <BooleanField {...props} />;
    case "choice":
      return <ChoiceField {...props} />;
    case "list":
      return <ListField {...props} />;
    case "pairs":
      return <PairsField {...props} />;
    case "model":
      return <ModelField {...props} />;
    case "json":
      return <JsonField {...props} />;
    case "blueprint":
      return <BlueprintField {...props} />;
    case "credential":
      return <CredentialField {...props} />;
    case "blueprints":
      return <ListField {...props} schema={{ ...props.schema, items: { type: "string", widget: "blueprint" } }} />;
    case "called-inputs":
      return <CalledInputs {...props} />;
    case "called-outputs":
      return <CalledOutputs {...props} />;
  }
}

/** A field inside another one: text in it becomes an expression by typing `{{` or a first `=`. */
export function ValueField(given: FieldProps) {
  const wrong = useIsWrong();
  const props = wrong ? { ...given, invalid: true } : given;
  const { value, onChange } = props;
  const kind = kindOf(props.schema);
  // Whoever writes over an expression goes on in the same field, whatever stands in it meanwhile.
  const [edited, setEdited] = useState(false);
  const computable = !NEVER_COMPUTED.has(kind) && !isLiteral(props.schema);
  const computed = computable && (isExpression(value) || (edited && typeof value === "string"));
  const typed = (next: FieldProps["value"]): void => {
    const began = next === "=" && (value === undefined || value === "");
    setEdited(computable && (computed || began || isExpression(next)));
    onChange(began ? toExpression(undefined) : next);
  };
  const left = (text: string): void => {
    const meant = isExpression(text) ? text : plainOf(text, kind);
    if (meant !== text) onChange(meant);
  };
  useTaker(props.id, takerOf(kind, value, computed, { wants: false, write: onChange }));
  if (computed) return <ExpressionField {...props} onChange={typed} onLeave={left} />;
  return <LiteralField {...props} onChange={typed} />;
}
