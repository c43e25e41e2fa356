/** The draft as it is given to others, in whichever form. */
import { withoutSecrets } from "../model/secrets";
import type { Document } from "../model/types";
import { currentDocument, useDraft } from "./document";
import { say } from "./ui";

/** The draft without the secrets that are typed into it; where there are any, that is said. */
export function draftToGive(): Document {
  const made = currentDocument();
  const given = withoutSecrets(made, useDraft.getState().types);
  if (JSON.stringify(given) !== JSON.stringify(made)) say("The passwords and tokens that are typed into nodes are not in the file");
  return given;
}
