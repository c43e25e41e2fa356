/** A selection as a blueprint of its own, and a call as the nodes of what it calls; the server plans both. */
import { ApiError, post } from "../api/http";
import { loadDocument, LOCAL, setNote } from "../model/draft";
import { around, type Box } from "../model/geometry";
import { heldBy } from "../model/frames";
import type { Document } from "../model/types";
import { entryOf } from "../model/own";
import { same } from "../model/values";
import { asStep, currentDocument, doc, useDraft } from "../store/document";
import { askAgain } from "../store/others";
import { select, useSelection } from "../store/selection";
import { boxes, drawing } from "../store/shapes";
import { say, showDialog } from "../store/ui";
import { moveWithNotes, roomInPlaceOf, type Stood, stands } from "./aside";
import { isTrigger, titleOf } from "./frames";

const CALL = "blueprint.call";

interface Collapsed {
  document: Document;
  call: string;
  blueprint: { id: string; name: string; version: number };
  notices: string[];
}

interface Expanded {
  document: Document;
  nodes: string[];
  notices: string[];
}

/** The selected nodes, without notes and without those that other people have deleted. */
function chosenNodes(): string[] {
  const { nodesById } = useDraft.getState();
  return [...useSelection.getState().nodes].filter((id) => nodesById.has(id));
}

/** Those of them that can go into a blueprint of their own: triggers start runs of this one, and stay. */
export function partNodes(): string[] {
  return chosenNodes().filter((id) => !isTrigger(id));
}

/** The names of the selected nodes that stay. */
export function partStays(): string[] {
  return chosenNodes().filter(isTrigger).map(titleOf);
}

export function whyNotPart(): string {
  return partStays().length
    ? "A trigger starts runs of this blueprint, and stays in it. Select what comes after it."
    : "Select the nodes that shall be a blueprint of their own first";
}

/** The notes that go along: those that are selected, and those that lie wholly within the nodes. */
export function notesWithin(border: Box | undefined, notes: readonly (Box & { id: string })[], chosen: ReadonlySet<string>): string[] {
  return notes
    .filter(
      (note) =>
        chosen.has(note.id) ||
        (border !== undefined &&
          note.x >= border.x &&
          note.y >= border.y &&
          note.x + note.width <= border.x + border.width &&
          note.y + note.height <= border.y + border.height),
    )
    .map(({ id }) => id);
}

/** Show a planned document in one step of undo, unless what it was planned for is no longer what is drawn. */
function show(planned: Document, before: Document, ...then: (() => void)[]): boolean {
  if (!same(currentDocument(), before)) return false;
  asStep(() => loadDocument(doc, planned, LOCAL), ...then);
  return true;
}

/** Make a blueprint of what is selected, and call it in its place. Throws ApiError where that is refused. */
export async function collapsePart(name: string): Promise<void> {
  const { blueprint, notes } = useDraft.getState();
  const chosen = useSelection.getState().nodes;
  const nodes = partNodes();
  const inside = new Set([...nodes, ...heldBy(drawing.members(), new Set(nodes))]);
  const before = currentDocument();
  const body = { document: before, nodes, notes: notesWithin(around(boxes(inside)), notes, chosen), name };
  const made = await post<Collapsed>(`blueprints/${blueprint.id}/collapse/`, body);
  askAgain();
  const link = { text: "Open it", href: `/blueprints/${made.blueprint.id}/` };
  if (!show(made.document, before)) {
    say(`“${made.blueprint.name}” was made, but the drawing was changed meanwhile and stays as it is`, "danger", link);
    return;
  }
  select([made.call]);
  say([`Collapsed to “${made.blueprint.name}”, which stays also when you undo this.`, ...made.notices].join(" "), "info", link);
}

/** Make room for what has come; the notes that it brought move with it, and those around with what they are about. */
function arrange(stood: Stood, { nodes, document: { layout = {}, notes = [] } }: Expanded, before: Document): void {
  const places = roomInPlaceOf(stood, nodes);
  const came = new Set(nodes);
  moveWithNotes(places, came);
  const [first] = nodes.filter((id) => places.has(id));
  const [to, from] = [places.get(first ?? ""), entryOf(layout, first ?? "")];
  const known = new Set(before.notes?.map(({ id }) => id));
  if (!to || !from) return;
  for (const { id, x = 0, y = 0 } of notes) if (id && !known.has(id)) setNote(doc, id, { x: x + to[0] - from[0], y: y + to[1] - from[1] });
}

/** The one selected call of a blueprint. */
export function theCall(): string | undefined {
  const [id, ...others] = chosenNodes();
  return id !== undefined && !others.length && useDraft.getState().nodesById.get(id)?.kind === CALL ? id : undefined;
}

/** Put the nodes of what the selected node calls in its place, or say why that can't be. */
export async function expandCall(): Promise<void> {
  const node = theCall();
  if (node === undefined) return;
  const before = currentDocument();
  try {
    const { blueprint } = useDraft.getState();
    const made = await post<Expanded>(`blueprints/${blueprint.id}/expand/`, { document: before, node });
    const stood = stands(node);
    // What is around it stays, until the size is known of what comes.
    const layout = { ...made.document.layout, ...before.layout };
    for (const id of made.nodes) layout[id] = made.document.layout?.[id] ?? [0, 0];
    const planned = { ...made.document, layout: Object.fromEntries(Object.entries(layout).filter(([id]) => made.document.nodes?.[id])) };
    const drawn = show(planned, before, () => stood && arrange(stood, made, before));
    if (!drawn) {
      say("The drawing was changed meanwhile; expand the call once more", "danger");
      return;
    }
    select(made.nodes);
    const count = `${made.nodes.length} ${made.nodes.length === 1 ? "node" : "nodes"}`;
    say([`Expanded to ${count}.`, ...made.notices].join(" "));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    say(error.message, "danger");
  }
}

export const askForName = (): void => showDialog("collapse");
