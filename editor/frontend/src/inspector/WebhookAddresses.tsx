/** The addresses that start a webhook trigger, ready to copy, or the way to make one. */
import { ExternalLink, Plus } from "lucide-react";

import { CopyButton } from "../runs/ValueView";
import { useDraft } from "../store/document";
import { useMay } from "../store/rights";
import { useRuns } from "../store/runs";

function whole(url: string | null): string {
  return url === null ? "" : new URL(url, window.location.href).href;
}

export function WebhookAddresses({ node }: { node: string }) {
  const blueprint = useDraft((state) => state.blueprint);
  const admin = useRuns((state) => state.admin);
  const webhooks = blueprint.webhooks.filter((webhook) => webhook.node === node || webhook.node === "");
  const owns = useMay("own");
  if (!owns) {
    return (
      <section className="webhooks">
        <h3>Addresses</h3>
        <p className="field-help">
          {webhooks.length ? `${webhooks.length === 1 ? "One address starts" : `${webhooks.length} addresses start`} it.` : "It has no address yet."} Only the
          owner, {blueprint.owner}, sees and makes them.
        </p>
      </section>
    );
  }
  const query = new URLSearchParams({ blueprint: blueprint.id, node }).toString();
  return (
    <section className="webhooks">
      <h3>Addresses</h3>
      {webhooks.map((webhook) => (
        <div key={webhook.id} className="webhook" data-enabled={webhook.enabled} data-testid={`webhook-${webhook.id}`}>
          <code>{whole(webhook.url)}</code>
          <CopyButton text={() => whole(webhook.url)} label="Copy address" />
          <a
            className="small-tool"
            href={`${admin}runner/webhook/${webhook.id}/change/`}
            aria-label="Open this webhook in the admin"
            title="Open in the admin"
          >
            <ExternalLink size={13} aria-hidden />
          </a>
          <span className="webhook-facts">
            {webhook.enabled ? "on" : "off"} · {webhook.authentication === "none" ? "no authentication" : webhook.authentication}
          </span>
        </div>
      ))}
      <a className="add-item" href={`${admin}runner/webhook/add/?${query}`} data-testid="create-webhook">
        <Plus size={13} aria-hidden /> {webhooks.length ? "Make another address" : "Make an address"}
      </a>
      {!blueprint.published && (
        <p className="field-help">An address answers once the blueprint is published.</p>
      )}
      {blueprint.published && blueprint.changed && (
        <p className="field-help">Addresses run version {blueprint.published.number}, not this draft.</p>
      )}
    </section>
  );
}
