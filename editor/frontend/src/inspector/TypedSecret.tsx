/** A password or token that is typed into a node: whoever edits sees it, so a credential is offered for it. */
import { KeyRound } from "lucide-react";
import { Suspense, useState } from "react";

import { later } from "../later";
import { hostOf } from "../model/secrets";
import type { Json, JsonObject } from "../model/types";
import { useCredentials } from "../store/credentials";
import { asStep, setParameter } from "../store/document";
import { isExpression } from "./schema";

const CredentialDialog = later(() => import("./CredentialDialog").then((m) => m.CredentialDialog));

/** What the authentication of a request has typed into it, as a credential has it; null where that is nothing. */
export function typedIn(value: Json | undefined): { kind: string; fields: JsonObject } | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const { type, username, password } = value;
  if (typeof password !== "string" || !password || isExpression(password) || isExpression(username)) return null;
  if (type === "bearer") return { kind: "bearer", fields: { token: password } };
  return type === "basic" ? { kind: "basic", fields: { username: username ?? "", password } } : null;
}

interface Props {
  node: string;
  /** The parameter in which it is typed, and the one that names a credential instead. */
  name: string;
  instead: string;
  parameters: JsonObject;
}

export function TypedSecret({ node, name, instead, parameters }: Props) {
  const { yours } = useCredentials();
  const [open, setOpen] = useState(false);
  const typed = typedIn(parameters[name]);
  if (!typed || !yours) return null;
  return (
    <div className="field-note typed-secret">
      <p>It is a part of the drawing, and whoever may edit sees it.</p>
      <button type="button" className="field-new" onClick={() => setOpen(true)} data-testid="keep-typed">
        <KeyRound size={13} aria-hidden /> Keep it as a credential
      </button>
      {open && (
        <Suspense fallback={null}>
          <CredentialDialog
            known={null}
            name=""
            host={hostOf(parameters["url"])}
            given={typed}
            fits={() => true}
            onClose={() => setOpen(false)}
            onKept={(kept) => {
              setOpen(false);
              asStep(() => {
                setParameter(node, name, undefined);
                setParameter(node, instead, kept);
              });
            }}
          />
        </Suspense>
      )}
    </div>
  );
}
