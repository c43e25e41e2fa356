/** Which blueprints use this one: they call it, start after it, or have it handle their errors. */
import { useEffect, useState } from "react";

import { ApiError, get } from "../api/http";
import { useDraft } from "../store/document";
import type { Using } from "../store/others";

/** The form comes up with each edit that leaves nothing selected: the canvas shows that first, and what passes by asks nothing. */
const AFTER = 150;

const WORDS = { call: "calls it", error: "for its errors", after: "starts after it" };

export function UsedBy() {
  const id = useDraft((state) => state.blueprint.id);
  const [found, setFound] = useState<{ used_by: Using[]; others: number } | null>(null);
  useEffect(() => {
    const stop = new AbortController();
    const ask = (): void => {
      get<{ used_by: Using[]; others: number }>(`blueprints/${id}/used-by/`, stop.signal)
        .then(setFound)
        .catch((error: unknown) => {
          if (!(error instanceof ApiError) && !stop.signal.aborted) throw error;
        });
    };
    const soon = setTimeout(ask, AFTER);
    return () => {
      clearTimeout(soon);
      stop.abort();
    };
  }, [id]);
  if (!found || (!found.used_by.length && !found.others)) return null;
  return (
    <section className="inspector-section">
      <h3>Used by</h3>
      <ul className="used-by" data-testid="used-by">
        {found.used_by.map((one) => (
          <li key={one.blueprint + one.kind}>
            <a href={`/blueprints/${one.blueprint}/`}>{one.name}</a> <span>v{one.version} {WORDS[one.kind]}</span>
          </li>
        ))}
        {found.others > 0 && <li>{found.others} of other people</li>}
      </ul>
    </section>
  );
}
