/** Making or changing a credential: what is secret goes to the server, and never comes back. */
import { type FormEvent, useEffect, useState } from "react";

import { Dialog } from "../frame/Dialog";
import type { Json, JsonObject, Problem, Schema } from "../model/types";
import { type Kept, type Kind, kinds, keepCredential, type Offered, type Provider, readCredential } from "../store/credentials";
import { ConnectCredential, RedirectAddress } from "./ConnectCredential";
import { ProblemsHere } from "./fields/Within";
import { SchemaFields } from "./SchemaFields";
import { Words } from "./Words";

interface Props {
  /** The one that is changed; null for a new one. */
  known: Offered | null;
  name: string;
  /** To where the node sends it; "" where that is not certain. */
  host: string;
  /** What a new one begins with. */
  given?: { kind: string; fields: JsonObject };
  fits: (kind: string) => boolean;
  onClose: () => void;
  onKept: (name: string) => void;
}

const NAME: Schema = { type: "object", required: ["name"], properties: { name: { type: "string", title: "Name", literal: true, placeholder: "e.g. Shop API" } } };

const WHERE: Schema = {
  type: "object",
  properties: {
    hosts: {
      type: "array",
      title: "Sent to",
      description: "The hosts that it may be sent to, such as `api.example.com` or `*.example.com`. None: any.",
      items: { type: "string", literal: true, placeholder: "api.example.com" },
    },
    for_editors: {
      type: "boolean",
      title: "Open to editors",
      description: "Others who may edit use it in their own runs of the draft. Without, your runs do, and what you publish.",
    },
  },
};

/** Named values are added to no request by themselves. */
const ANYWHERE: Schema = { type: "object", properties: Object.fromEntries(Object.entries(WHERE.properties ?? {}).filter(([name]) => name !== "hosts")) };

/** Nothing here is computed: a password may begin like an expression. */
function literal(schema: Schema, kept: readonly string[]): Schema {
  const { additionalProperties: others, properties } = schema;
  const parts = Object.entries(properties ?? {}).map(([name, part]): [string, Schema] => {
    const stays = kept.includes(name) ? { placeholder: "as it is" } : {};
    return [name, { ...part, ...stays, literal: true }];
  });
  return {
    ...schema,
    ...(properties ? { properties: Object.fromEntries(parts) } : {}),
    ...(typeof others === "object" ? { additionalProperties: { ...others, literal: true } } : {}),
    required: (schema.required ?? []).filter((name) => !kept.includes(name)),
  };
}

/** A kind whose values have names of their own is a group of pairs, in a field of that name. */
const asProperties = (schema: Schema): Schema =>
  schema.properties ? schema : { type: "object", required: ["fields"], properties: { fields: { ...schema, title: "Values", description: "All of them are secret." } } };

export function CredentialDialog({ known, name, host, given, fits, onClose, onKept }: Props) {
  const [every, setEvery] = useState<readonly Kind[] | null>(null);
  const [kind, setKind] = useState("");
  const [own, setOwn] = useState<JsonObject>({ name: known?.name ?? name });
  const [fields, setFields] = useState<JsonObject>(given?.fields ?? {});
  const [where, setWhere] = useState<JsonObject>({ hosts: host ? [host] : [], for_editors: false });
  const [secrets, setSecrets] = useState<readonly string[]>([]);
  const [problems, setProblems] = useState<readonly Problem[]>([]);
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const [provider, setProvider] = useState<Provider | null>(null);
  // The one that is changed, or the new one once it is kept and has to be connected.
  const [kept, setKept] = useState<Kept | null>(null);
  const [connects, setConnects] = useState(false);

  useEffect(() => {
    const ask = async (): Promise<void> => {
      const [all, kept] = await Promise.all([kinds(), known?.id ? readCredential(known.id) : null]);
      const offered = all.filter((one) => fits(one.kind) || one.kind === kept?.kind);
      setEvery(offered);
      setKind(kept?.kind ?? given?.kind ?? offered[0]?.kind ?? "");
      if (!kept) return;
      setFields(kept.kind === "values" ? Object.fromEntries(kept.secrets.map((secret) => [secret, ""])) : kept.fields);
      setKept(kept);
      setSecrets(kept.secrets);
      setWhere({ hosts: kept.hosts, for_editors: kept.for_editors });
    };
    ask().catch((failure: unknown) => setError(failure instanceof Error ? failure.message : String(failure)));
  }, []);

  const chosen = every?.find((one) => one.kind === kind);
  const schema = chosen && asProperties(literal(chosen.schema, secrets));
  const pairs = chosen !== undefined && !chosen.schema.properties;
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    event.stopPropagation();
    setBusy(true);
    setError("");
    try {
      const asked = { name: textOf(own["name"]), kind, fields, hosts: pairs ? [] : listOf(where["hosts"]), for_editors: where["for_editors"] === true };
      const found = await keepCredential(known?.id ?? null, asked);
      if (!isProblems(found)) {
        if (!found.connection || found.connection.state === "connected") return onKept(asked.name);
        setKept(found);
        return setConnects(true);
      }
      const places = [NAME, WHERE, schema ?? {}].flatMap((one) => Object.keys(one.properties ?? {}));
      const here = found.map((it) => (pairs && !places.includes(String(it.place?.[0])) ? { ...it, place: ["fields", ...(it.place ?? [])] } : it));
      setProblems(here);
      setError(here.filter((it) => !places.includes(String(it.place?.[0]))).map((it) => it.message).join(" "));
    } catch (failure) {
      setProblems([]);
      setError(failure instanceof Error ? failure.message : String(failure));
    } finally {
      setBusy(false);
    }
  };
  const choose = (title: string): void => {
    const next = chosen?.providers.find((one) => one.title === title) ?? null;
    // What the one before has filled in goes with it; what was typed stays.
    const left = Object.entries(fields).filter(([name, value]) => provider?.fields[name] !== value);
    setFields({ ...Object.fromEntries(left), ...next?.fields });
    setWhere({ ...where, hosts: next?.hosts ?? (host ? [host] : []) });
    setProvider(next);
    setProblems([]);
  };
  const put =
    (set: (change: (values: JsonObject) => JsonObject) => void) =>
    (field: string, value: Json | undefined): void =>
      set(({ [field]: _old, ...rest }) => (value === undefined ? rest : { ...rest, [field]: value }));

  if (connects && kept) {
    const works = kept.connection?.state === "connected";
    return (
      <Dialog title={`Connect “${kept.name}”`} onClose={() => onKept(kept.name)} testId="credential-dialog">
        <div className="credential-form">
          <ConnectCredential first credential={kept} onChanged={setKept} />
          {!works && chosen?.redirect_address && <RedirectAddress address={chosen.redirect_address} />}
          <footer>
            <button
              key={String(works)}
              type="button"
              autoFocus={works}
              className={`button${works ? " button-primary" : ""}`}
              onClick={() => onKept(kept.name)}
              data-testid="connected"
            >
              {works ? "Done" : "Later"}
            </button>
          </footer>
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog title={known ? `Change “${known.name}”` : "New credential"} onClose={onClose} testId="credential-dialog">
      {kept && <ConnectCredential credential={kept} onChanged={setKept} />}
      <form className="credential-form" onSubmit={(event) => void submit(event)}>
        <p className="dialog-about">What is secret is kept encrypted. It is used by runs, and never shown again.</p>
        <ProblemsHere.Provider value={{ list: problems }}>
          <SchemaFields schema={NAME} root={NAME} values={own} prefix="credential-" onChange={put(setOwn)} />
          {!known && every && every.length > 1 && (
            <div className="field">
              <div className="field-head">
                <label htmlFor="credential-kind">Kind</label>
              </div>
              <select
                id="credential-kind"
                className="control"
                value={kind}
                onChange={(event) => {
                  setKind(event.target.value);
                  setFields({});
                  setProvider(null);
                  setProblems([]);
                }}
              >
                {every.map((one) => (
                  <option key={one.kind} value={one.kind}>
                    {one.title}
                  </option>
                ))}
              </select>
              {chosen && <p className="field-help">{chosen.description}</p>}
            </div>
          )}
          {!known && chosen && chosen.providers.length > 0 && (
            <div className="field">
              <div className="field-head">
                <label htmlFor="credential-provider">Provider</label>
              </div>
              <select id="credential-provider" className="control" value={provider?.title ?? ""} onChange={(event) => choose(event.target.value)}>
                <option value="">Another one</option>
                {chosen.providers.map(({ title }) => (
                  <option key={title}>{title}</option>
                ))}
              </select>
              {provider && (
                <p className="field-help">
                  <a href={provider.register} target="_blank" rel="noopener noreferrer">
                    Register Conductor at {provider.title}
                  </a>{" "}
                  with the redirect address. {provider.about}
                </p>
              )}
            </div>
          )}
          {chosen?.redirect_address && <RedirectAddress address={chosen.redirect_address} />}
          {schema && (
            <SchemaFields
              key={kind}
              schema={schema}
              root={chosen.schema}
              values={pairs ? { fields } : fields}
              prefix="credential-"
              onChange={pairs ? (_name, value) => setFields(isObject(value) ? value : {}) : put(setFields)}
            />
          )}
          <SchemaFields schema={pairs ? ANYWHERE : WHERE} root={WHERE} values={where} prefix="credential-" onChange={put(setWhere)} />
        </ProblemsHere.Provider>
        {error && (
          <p className="dialog-error" role="alert">
            <Words text={error} />
          </p>
        )}
        <footer>
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" className="button button-primary" disabled={busy || !chosen || !textOf(own["name"])} data-testid="keep-credential">
            {busy ? "Keeping…" : known ? "Change" : "Keep"}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

function isProblems(found: Kept | readonly Problem[]): found is readonly Problem[] {
  return Array.isArray(found);
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value.trim() : "";
}

function listOf(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === "string" && item.trim() !== "").map((item) => item.trim()) : [];
}
