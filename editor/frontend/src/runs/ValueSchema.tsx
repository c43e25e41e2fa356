/** What a value is made of: its keys with their types, nested as they are, each with a sample. */
import { useMemo } from "react";

import { cutOf } from "../model/cut";
import { type Inferred, schemaOf, type Type } from "../model/inferred";
import type { Json } from "../model/types";
import { bytes } from "./large";

/** Lines that nobody would read to their end. */
const MOST = 60;

function typeWords(schema: Inferred): string {
  const words = schema.types.map((type: Type) =>
    type === "list" ? `list of ${schema.items?.types.join(" or ") ?? "nothing"} (${schema.length.toLocaleString("en")})` : type,
  );
  return words.join(" or ") || "nothing";
}

function Keys({ schema }: { schema: Inferred }) {
  const inner = schema.keys.size ? schema : schema.items;
  if (!inner) return null;
  if (!inner.keys.size) return <Keys schema={inner} />;
  const all = [...inner.keys];
  return (
    <ul>
      {all.slice(0, MOST).map(([name, one]) => (
        <li key={name}>
          <span className="schema-name">{name}</span>
          {one.optional && <small title="Not all of them have it">optional</small>}
          <span className="schema-type" data-type={one.types[0]}>
            {typeWords(one)}
          </span>
          {one.sample !== undefined && <span className="schema-sample">{JSON.stringify(one.sample).slice(0, 60)}</span>}
          <Keys schema={one} />
        </li>
      ))}
      {all.length > MOST && <li className="schema-sample">and {all.length - MOST} more keys</li>}
    </ul>
  );
}

export function ValueSchema({ value }: { value: Json }) {
  const schema = useMemo(() => schemaOf([value]), [value]);
  const cut = cutOf(value);
  if (cut) {
    return (
      <p className="value-schema">
        <span className="schema-type">{cut.kind}</span> of {bytes(cut.size)}
        {cut.length !== undefined && cut.kind === "list" && `, ${cut.length.toLocaleString("en")} items`}
      </p>
    );
  }
  return (
    <div className="value-schema">
      <span className="schema-type" data-type={schema.types[0]}>
        {typeWords(schema)}
      </span>
      <Keys schema={schema} />
    </div>
  );
}
