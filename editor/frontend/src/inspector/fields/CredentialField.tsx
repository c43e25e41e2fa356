/** A credential, chosen by its name, or made here. */
import { KeyRound, Pencil, Plug } from "lucide-react";
import { Suspense, useContext, useState } from "react";

import { FieldsOf } from "../../expressions/place";
import { later } from "../../later";
import { hostOf } from "../../model/secrets";
import { useCredentials } from "../../store/credentials";
import { currentDocument } from "../../store/document";
import { useMay } from "../../store/rights";
import type { FieldProps } from "./types";

const CredentialDialog = later(() => import("../CredentialDialog").then((m) => m.CredentialDialog));

export function CredentialField({ id, label, schema, value, onChange, invalid }: FieldProps) {
  const { list, owner, yours } = useCredentials();
  const edits = useMay("edit");
  const node = useContext(FieldsOf);
  const [open, setOpen] = useState<"new" | "change" | null>(null);
  const text = typeof value === "string" ? value : "";
  const accepted = Array.isArray(schema["kinds"]) ? (schema["kinds"] as string[]) : [];
  const fits = (kind: string): boolean => !accepted.length || accepted.includes(kind);
  const chosen = list?.find(({ name }) => name === text);
  const offered = list?.filter((one) => fits(one.kind) && (one.usable || one === chosen)) ?? [];
  if (!edits) return <input id={id} type="text" className="control" aria-label={label} readOnly value={text} placeholder="None" />;
  return (
    <>
      <div className="field-blueprint">
        <select
          id={id}
          className="control"
          aria-label={label}
          aria-invalid={invalid || undefined}
          value={text}
          onChange={(event) => onChange(event.target.value || undefined)}
        >
          <option value="">{list || text ? "None" : "Loading…"}</option>
          {text && !offered.some(({ name }) => name === text) && <option value={text}>{list ? `${text} (not found)` : text}</option>}
          {offered.map(({ name }) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
        {yours && chosen && (
          <button type="button" className="small-tool" aria-label={`Change ${chosen.name}`} title="Change it" onClick={() => setOpen("change")}>
            <Pencil size={13} aria-hidden />
          </button>
        )}
        {yours && (
          <button type="button" className="field-new" onClick={() => setOpen("new")} data-testid="new-credential">
            <KeyRound size={13} aria-hidden /> New
          </button>
        )}
      </div>
      {yours && chosen?.connected === false && (
        <button type="button" className="field-new field-connect" onClick={() => setOpen("change")} data-testid="connect-chosen">
          <Plug size={13} aria-hidden /> Connect it
        </button>
      )}
      {list && !yours && <p className="field-note">{whose(owner, offered.length, chosen?.usable)}</p>}
      {open && (
        <Suspense fallback={null}>
          <CredentialDialog
            known={open === "change" ? (chosen ?? null) : null}
            name={open === "new" && text && !chosen ? text : ""}
            host={hostOf(currentDocument().nodes?.[node ?? ""]?.parameters?.["url"])}
            fits={fits}
            onClose={() => setOpen(null)}
            onKept={(name) => {
              setOpen(null);
              if (name !== text) onChange(name);
            }}
          />
        </Suspense>
      )}
    </>
  );
}

/** Whose credentials these are, and what that means for whoever is not the owner. */
function whose(owner: string, count: number, usable: boolean | undefined): string {
  if (usable === false) return `Runs that you start can’t use it: ${owner} keeps it for their own and for what is published.`;
  return count ? `These are credentials of ${owner}, which you may use here.` : `${owner} has opened no credential to editors.`;
}
