/** The credentials that the nodes here may name; and the owner's own, which are written and never read. */
import { useEffect } from "react";
import { create } from "zustand";

import { ApiError, get, post, request } from "../api/http";
import type { JsonObject, Problem, Schema } from "../model/types";
import { useDraft } from "./document";
import { may } from "./rights";
import { check } from "./save";

export interface Offered {
  /** Null where this person may not look at it. */
  id: string | null;
  name: string;
  kind: string;
  /** Whether this person's own runs of the draft may use it. */
  usable: boolean;
  /** Null of kinds that nobody connects. */
  connected: boolean | null;
}

/** A well-known provider, and what a credential for it begins with. */
export interface Provider {
  title: string;
  /** Where a client is made. */
  register: string;
  about: string;
  fields: JsonObject;
  hosts: string[];
}

/** What a person has granted, without the tokens. */
export interface Connection {
  state: "none" | "connected" | "refused" | "ended";
  since: string | null;
  scope: string;
  ends: string | null;
  renews: boolean;
  why: string;
}

/** A kind of credentials, with the schema of its fields. */
export interface Kind {
  kind: string;
  title: string;
  description: string;
  schema: Schema;
  providers: Provider[];
  /** Where providers send people back to; null of kinds that nobody connects. */
  redirect_address: string | null;
}

/** A credential as it is given; what is secret and left empty stays. */
export interface Given {
  name: string;
  kind: string;
  fields: JsonObject;
  hosts: string[];
  for_editors: boolean;
}

/** A credential without what is secret of it. */
export interface Kept extends Given {
  id: string;
  /** The names of its other fields. */
  secrets: string[];
  /** Null of kinds that nobody connects. */
  connection: Connection | null;
  used_by: { id: string; name: string }[];
}

interface Credentials {
  /** Null until they have come. */
  list: readonly Offered[] | null;
  owner: string;
  /** Whether this person may make, change and delete them. */
  yours: boolean;
}

const useStore = create<Credentials>(() => ({ list: null, owner: "", yours: false }));
let asked = false;

async function load(): Promise<void> {
  asked = true;
  try {
    const { id } = useDraft.getState().blueprint;
    const { credentials, owner, yours } = await get<{ credentials: Offered[]; owner: string; yours: boolean }>(`blueprints/${id}/credentials/`);
    useStore.setState({ list: credentials, owner, yours });
  } catch (error) {
    asked = false; // The next field that is shown asks again.
    if (!(error instanceof ApiError)) throw error;
  }
}

/** The credentials of the blueprint's owner, by name. */
export function useCredentials(): Credentials {
  useEffect(() => {
    if (!asked && may("edit")) void load();
  }, []);
  return useStore();
}

export const kinds = (): Promise<Kind[]> => get<Kind[]>("credentials/kinds/");

export const readCredential = (id: string): Promise<Kept> => get<Kept>(`credentials/${id}/`);

/** Keep a credential, a new one where it has no id; or what stands against it, by its fields. */
export async function keepCredential(id: string | null, { kind, ...given }: Given): Promise<Kept | readonly Problem[]> {
  let kept: Kept;
  try {
    if (id) kept = (await request<Kept>(`credentials/${id}/`, { method: "PATCH", body: given })).data;
    else kept = await post<Kept>("credentials/", { kind, ...given });
  } catch (error) {
    const told = error instanceof ApiError ? error.body["errors"] : null;
    if (!Array.isArray(told)) throw error;
    return (told as { field: string; message: string }[]).map(({ field, message }) => ({
      code: "invalid",
      message,
      severity: "error",
      place: field.split("."),
    }));
  }
  await load();
  // A node may have named it before it was there.
  void check();
  return kept;
}

/** One is connected by now: no problem says any more that it is not. */
export function connectionChanged(): void {
  void load();
  void check();
}
