/** What a value is made of: its keys with their types, nested as they are, each with a sample. */
import { useEffect, useMemo, useState } from "react";

import { ApiError } from "../api/http";
import { cutsIn } from "../model/cut";
import { type Inferred, schemaOf, type Type } from "../model/inferred";
import type { Json } from "../model/types";
import { say } from "../store/ui";
import { sampled, useLarge } from "./large";

/** Lines that nobody would read to their end. */
const MOST = 60;
/** Of a large value, so many items or keys tell what it is made of. */
const SOME = 200;

function listed({ items, length }: Inferred): string {
  if (items) return ` of ${items.types.join(" or ")}`;
  return length ? "" : " of nothing";
}

function typeWords(schema: Inferred): string {
  const words = schema.types.map((type: Type) =>
    type === "list" ? `list${listed(schema)} (${schema.length.toLocaleString("en")})` : type,
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
  const { pageOf } = useLarge();
  const [read, setRead] = useState<{ of: Json; value: Json } | null>(null);
  const large = cutsIn(value).some(({ kind }) => kind === "list" || kind === "object");
  useEffect(() => {
    let stale = false;
    if (large) {
      sampled(value, pageOf, SOME).then(
        (found) => void (stale || setRead({ of: value, value: found })),
        (error: unknown) => {
          if (!(error instanceof ApiError)) throw error;
          say(error.message, "danger");
        },
      );
    }
    return () => {
      stale = true;
    };
  }, [value, large]);
  const known = read?.of === value ? read.value : value;
  const schema = useMemo(() => schemaOf([known]), [known]);
  return (
    <div className="value-schema">
      <span className="schema-type" data-type={schema.types[0]}>
        {typeWords(schema)}
      </span>
      <Keys schema={schema} />
      {large && <p className="step-note">{known === value ? "Loading…" : `Of what is large, the first ${SOME} items or keys tell it.`}</p>}
    </div>
  );
}
