/** What is looked at instead of the draft, over the canvas, with a banner that says so and leads back. */
import { ArchiveRestore, ArrowLeft, Eye } from "lucide-react";
import { useMemo } from "react";

import { Words } from "../inspector/Words";
import { useMay } from "../store/rights";
import { askToRestore, backToDraft, useVersions } from "../store/versions";
import { inSentence, sideName, useHistory, versionNumbered } from "./history";
import { Reader } from "./Reader";
import { marksOf, MarksContext, useReading, useSeen } from "./seen";

/** What is shown, in a few words, and what is known of it. */
function useTitle(): [title: string, about: string] {
  const shown = useVersions((state) => state.shown) ?? "draft";
  const against = useVersions((state) => state.against);
  useHistory((state) => state.versions);
  if (against !== null) return [`From ${inSentence(against)} to ${inSentence(shown)}`, "what has changed, read only"];
  const version = versionNumbered(shown);
  return [`${sideName(shown)}, read only`, version?.name || version?.message || ""];
}

function Banner() {
  const [title, about] = useTitle();
  const edits = useMay("edit");
  const there = useSeen((state) => state.seen !== null);
  const alone = useVersions((state) => (state.against === null && typeof state.shown === "number" ? state.shown : null));
  return (
    <div className="reading-banner" role="status" data-testid="reading">
      <Eye size={16} aria-hidden />
      <p>
        <strong>{title}</strong>
        {about && <span className="reading-about">{about}</span>}
      </p>
      {edits && there && alone !== null && (
        <button type="button" className="button" onClick={() => askToRestore(alone)} data-testid="restore-shown">
          <ArchiveRestore size={15} aria-hidden />
          Restore…
        </button>
      )}
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
      <p><Words text={message} /></p>
      <button type="button" className="button button-primary" onClick={backToDraft}>
        Back to the draft
      </button>
    </div>
  );
}

export function Looking() {
  useReading();
  const node = useVersions((state) => state.node);
  const moved = useVersions((state) => state.moved);
  const { seen, error } = useSeen();
  const marks = useMemo(() => marksOf(seen?.comparison ?? null, moved), [seen, moved]);
  const [title] = useTitle();
  return (
    <section className="reading" aria-label={title}>
      <h2 className="visually-hidden">{title}</h2>
      <Banner />
      {error && <NotShown message={error} />}
      {seen && (
        <MarksContext value={marks}>
          <Reader drawn={seen.drawn} label={title} node={node} onNode={(id) => useVersions.setState({ node: id })} />
        </MarksContext>
      )}
    </section>
  );
}
