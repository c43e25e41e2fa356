/** Which fields take a value that is dragged onto them, and how. */
import type { Json } from "../../model/types";
import type { FieldKind } from "../schema";

const TEXTUAL: ReadonlySet<FieldKind> = new Set<FieldKind>(["text", "secret", "multiline", "code", "formula", "moment", "zone", "file"]);
/** Those of several parts are computed as a whole only while they hold nothing. */
const PARTS: ReadonlySet<FieldKind> = new Set<FieldKind>(["list", "pairs", "model", "called-inputs", "json"]);
/** Those that name a blueprint or a credential, and those that are chosen from, hold no expression. */
const NEVER: ReadonlySet<FieldKind> = new Set<FieldKind>(["blueprint", "blueprints", "called-outputs", "credential", "calendar"]);

function isEmpty(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === "") return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

export function takerOf(
  kind: FieldKind,
  value: Json | undefined,
  computed: boolean,
  { wants, write }: { wants: boolean; write: (value: Json) => void },
) {
  if (NEVER.has(kind) || (PARTS.has(kind) && !computed && !isEmpty(value) && typeof value !== "string")) return null;
  const textual = computed || TEXTUAL.has(kind) || (kind === "json" && typeof value === "string");
  const bare = kind === "formula" || (wants && typeof value === "string" && value.trim() !== "" && !value.includes("{{"));
  return { value, textual, bare, write };
}
