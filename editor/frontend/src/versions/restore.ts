/** Put a version into the draft: one step that undo takes back, saved by itself like any other. */
import { placeUnplaced } from "../canvas/unplaced";
import { compare, type Comparison, countOf } from "../model/compare";
import { loadDocument, LOCAL } from "../model/draft";
import { asStep, currentDocument, doc } from "../store/document";
import { select } from "../store/selection";
import { say } from "../store/ui";
import { backToDraft } from "../store/versions";
import { documentOf } from "./history";

/** What of the draft would be replaced; null where it is like the version already. */
export async function replacedBy(number: number): Promise<Comparison | null> {
  const found = compare(currentDocument(), await documentOf(number));
  return countOf(found) || found.moved.length ? found : null;
}

export async function restore(number: number): Promise<void> {
  const document = await documentOf(number);
  asStep(() => loadDocument(doc, document, LOCAL));
  await placeUnplaced();
  select([]);
  backToDraft();
  say(`The draft is as version ${number} again; undo brings back what it was`);
}
