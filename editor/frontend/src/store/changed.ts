/** What is changed before the part of the page is there that saves it. */
import { doc, useDraft } from "./document";
import { LOCAL } from "../model/draft";

interface Change {
  update: Uint8Array;
  origin: unknown;
}

/** Changes since the draft was opened, until somebody takes them over. */
export interface Changed {
  take: () => readonly Change[];
}

/** Collect changes from now on; whoever leaves the page meanwhile is asked, since nothing keeps them yet. */
export function collectChanges(): Changed {
  const changes: Change[] = [];
  const collect = (update: Uint8Array, origin: unknown): void => {
    changes.push({ update, origin });
    if (origin === LOCAL) useDraft.setState({ saveState: "unsaved" });
  };
  const ask = (event: BeforeUnloadEvent): void => {
    if (useDraft.getState().saveState === "unsaved") event.preventDefault();
  };
  doc.on("update", collect);
  window.addEventListener("beforeunload", ask);
  return {
    take() {
      doc.off("update", collect);
      window.removeEventListener("beforeunload", ask);
      return changes;
    },
  };
}
