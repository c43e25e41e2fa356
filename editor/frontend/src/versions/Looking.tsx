/** What is looked at instead of the draft, over the canvas, with a banner that says so and leads back. */
import { ArrowLeft, Eye } from "lucide-react";
import { useEffect, useState } from "react";

import { useDraft } from "../store/document";
import { backToDraft, type Side, useVersions } from "../store/versions";
import { draw, type Drawn } from "./drawn";
import { documentOf, sentenceOf, sideName, useHistory, versionNumbered } from "./history";
import { Reader } from "./Reader";

type Seen = { side: Side; drawn: Drawn } | { side: Side; error: string };

function useSeen(side: Side | null): Seen | null {
  const types = useDraft((state) => state.types);
  const [seen, setSeen] = useState<Seen | null>(null);
  useEffect(() => {
    if (side === null) return;
    const stop = new AbortController();
    const show = async (): Promise<void> => {
      try {
        const drawn = await draw(await documentOf(side, stop.signal), types);
        if (!stop.signal.aborted) setSeen({ side, drawn });
      } catch (error) {
        if (!stop.signal.aborted) setSeen({ side, error: sentenceOf(error) });
      }
    };
    void show();
    return () => stop.abort();
  }, [side, types]);
  return seen?.side === side ? seen : null;
}

function Banner({ side }: { side: Side }) {
  useHistory((state) => state.versions);
  const version = versionNumbered(side);
  const about = version?.name || version?.message;
  return (
    <div className="reading-banner" role="status" data-testid="reading">
      <Eye size={16} aria-hidden />
      <p>
        <strong>{sideName(side)}, read only</strong>
        {about && <span className="reading-about">{about}</span>}
      </p>
      <button type="button" className="button" onClick={backToDraft} data-testid="back-to-draft">
        <ArrowLeft size={15} aria-hidden />
        Back to the draft
      </button>
    </div>
  );
}

/** What stands in its place where it cannot be shown. */
export function NotShown({ message }: { message: string }) {
  return (
    <div className="not-shown" role="alert" data-testid="not-shown">
      <h2>This can’t be shown</h2>
      <p>{message}</p>
      <button type="button" className="button button-primary" onClick={backToDraft}>
        Back to the draft
      </button>
    </div>
  );
}

export function Looking() {
  const side = useVersions((state) => state.shown);
  const node = useVersions((state) => state.node);
  const seen = useSeen(side);
  if (side === null) return null;
  return (
    <main className="reading" aria-label={`${sideName(side)}, read only`}>
      <Banner side={side} />
      {seen && "error" in seen && <NotShown message={seen.error} />}
      {seen && "drawn" in seen && (
        <Reader drawn={seen.drawn} label={sideName(side)} node={node} onNode={(id) => useVersions.setState({ node: id })} />
      )}
    </main>
  );
}
