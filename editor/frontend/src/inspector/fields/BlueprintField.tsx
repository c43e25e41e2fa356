/** Another blueprint, chosen by its name. */
import { ExternalLink } from "lucide-react";

import { calledPage } from "../../store/callers";
import { useDraft } from "../../store/document";
import { meant, useBlueprints } from "../../store/others";
import { useMay } from "../../store/rights";
import type { FieldProps } from "./types";

/** What is named by its id and not in the list was there once. */
const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

interface Props extends FieldProps {
  /** What the field says while nothing is chosen. */
  nothing?: string;
}

/** For others than the owner: the owner's blueprints are not listed, but what is named is called by its name. */
function NamedField({ id, label, value, onChange, invalid, nothing }: Props) {
  const calls = useDraft((state) => state.blueprint.calls);
  const edits = useMay("edit");
  const text = typeof value === "string" ? value : "";
  const name = calls[text];
  return (
    <div className="field-control">
      <input
        id={id}
        type="text"
        className="control"
        aria-label={label}
        aria-invalid={invalid || undefined}
        placeholder={edits ? "The name of one of the owner’s blueprints" : nothing}
        value={edits ? text : (name ?? text)}
        onChange={(event) => onChange(event.target.value || undefined)}
      />
      {edits && name && name !== text && <p className="field-note">This is “{name}”.</p>}
    </div>
  );
}

export function BlueprintField(props: Props) {
  return useMay("own") ? <ListedField {...props} /> : <NamedField {...props} />;
}

function ListedField({ id, label, value, onChange, invalid, nothing = "Choose…" }: Props) {
  const list = useBlueprints();
  const own = useDraft((state) => state.blueprint.id);
  const text = typeof value === "string" ? value : "";
  const chosen = meant(list, text);
  return (
    <div className="field-blueprint">
      <select
        id={id}
        className="control"
        aria-label={label}
        aria-invalid={invalid || undefined}
        value={chosen?.id ?? text}
        onChange={(event) => onChange(event.target.value || undefined)}
      >
        <option value="">{list ? nothing : "Loading…"}</option>
        {text && !chosen && <option value={text}>{list ? (ID.test(text) ? "A blueprint that is gone" : `${text} (not found)`) : "…"}</option>}
        {list?.map((one) => (
          <option key={one.id} value={one.id}>
            {one.name}
            {one.id === own ? " (this one)" : one.published ? "" : " (not published)"}
          </option>
        ))}
      </select>
      {chosen && chosen.id !== own && (
        <a className="small-tool" href={calledPage(chosen.id)} aria-label={`Open ${chosen.name}`} title="Open it">
          <ExternalLink size={13} aria-hidden />
        </a>
      )}
    </div>
  );
}
