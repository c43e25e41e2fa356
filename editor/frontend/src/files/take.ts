/** Files that are dropped or chosen, and what is pasted: the blueprint in each is put onto the canvas. */
import { send } from "../api/files";
import { insertPiece } from "../canvas/clipboard";
import { pointerOnScreen, setPointer, toFlow } from "../canvas/view";
import type { Document } from "../model/types";
import { useDraft } from "../store/document";
import { say } from "../store/ui";
import { draw } from "../versions/drawn";

const ACCEPTED = ".json,.yaml,.yml,.svg,.png";
/** A body of a request; what is longer than a document may be, the server says. */
const LARGEST = 8 * 1024 * 1024;

/** The document in a file, with a place for every node. The server reads all forms, and says what is wrong. */
async function read(file: Blob): Promise<Document> {
  if (file.size > LARGEST) throw new Error("it is larger than 8 MiB.");
  const document = JSON.parse(await send("documents/?format=json", file)) as Document;
  if (!Object.keys(document.nodes ?? {}).length && !document.notes?.length) throw new Error("there are no nodes in it.");
  const { layout } = await draw(document, useDraft.getState().types);
  return { ...document, layout: Object.fromEntries([...layout].map(([id, [x, y]]) => [id, [x, y]])) };
}

function told(document: Document): string {
  const count = Object.keys(document.nodes ?? {}).length;
  const { types } = useDraft.getState();
  const unknown = new Set(Object.values(document.nodes ?? {}).flatMap(({ kind }) => (types.has(kind) ? [] : [kind])));
  const left = (["inputs", "vars", "settings"] as const).filter((key) => Object.keys(document[key] ?? {}).length);
  const parts = [`${count} ${count === 1 ? "node" : "nodes"} inserted${document.name ? ` from “${document.name}”` : ""}`];
  if (unknown.size) parts.push(`not known here, kept as placeholders: ${[...unknown].slice(0, 3).join(", ")}`);
  if (left.length) parts.push("its inputs, variables and settings stay behind");
  return parts.join("; ");
}

async function insert(file: Blob, name: string, at: { x: number; y: number }, inbound: boolean): Promise<void> {
  try {
    const document = await read(file);
    insertPiece(document, toFlow(at), inbound);
    say(told(document));
  } catch (error) {
    say(`${name}: ${error instanceof Error ? error.message : String(error)}`, "danger");
  }
}

/** Insert what the files hold at a place on the screen. */
export async function take(files: readonly File[], at: { x: number; y: number }): Promise<void> {
  for (const file of files) await insert(file, file.name, at, false);
}

/** Insert what was copied elsewhere at a place on the screen; `inbound` as for `insertPiece`. */
export function takeText(text: string, at: { x: number; y: number }, inbound: boolean): Promise<void> {
  return insert(new Blob([text]), "What is on the clipboard", at, inbound);
}

/** Let the person choose files; they are inserted where the pointer was. */
export function choose(): void {
  const at = pointerOnScreen();
  const input = document.createElement("input");
  input.type = "file";
  input.accept = ACCEPTED;
  input.multiple = true;
  input.addEventListener("change", () => {
    setPointer(at.x, at.y);
    void take([...(input.files ?? [])], at);
  });
  input.click();
}
