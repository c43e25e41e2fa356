/** Deleting and detaching so that the edges close behind what goes. */
import { insert, maps, moveNodes, remove } from "../model/draft";
import { heal } from "../model/heal";
import { heldBy, topmost } from "../model/frames";
import { around, GRID, overlaps, snap } from "../model/geometry";
import { asStep, doc, useDraft } from "../store/document";
import { select, useSelection } from "../store/selection";
import { boxes, drawing, placeOf } from "../store/shapes";
import { say } from "../store/ui";
import { anchor } from "./frames";

const all = maps(doc);

/** The selected nodes, without those that a selected frame holds anyway. */
function chosen(): string[] {
  const members = drawing.members();
  return topmost(members, new Set([...useSelection.getState().nodes].filter((id) => members.has(id))));
}

function tellOpen(open: number): void {
  if (!open) return;
  say(open === 1 ? "1 gap stays open: its ports do not agree" : `${open} gaps stay open: their ports do not agree`);
}

/** Delete what is selected, and join what led there to where it led. */
export function deleteAndHeal(): void {
  const { nodes, edges } = useSelection.getState();
  const { made, open } = heal(drawing, useDraft.getState().edges, new Set(chosen()));
  const gone = new Set([...nodes, ...heldBy(drawing.members(), nodes)]);
  asStep(() => {
    anchor(gone);
    insert(doc, { nodes: {}, layout: {}, edges: made });
    remove(doc, { nodes: gone, edges, notes: [...nodes].filter((id) => all.notes.has(id)) });
  });
  select([]);
  tellOpen(open);
}

function bordering(): string[] {
  const tops = new Set(chosen());
  return tops.size ? heal(drawing, useDraft.getState().edges, tops).gone : [];
}

/** Whether something selected has edges that lead to what is not. */
export function detachable(): boolean {
  return bordering().length > 0;
}

/** Take what is selected out of its edges, which close behind it, and set it down below them. */
export function detach(): void {
  const tops = new Set(chosen());
  const { gone, made, open } = heal(drawing, useDraft.getState().edges, tops);
  const members = drawing.members();
  const holder = members.get([...tops][0] ?? "")?.holder ?? "";
  const box = around(boxes(tops));
  if (!gone.length || !box) return;
  const taken = boxes().filter(({ id }) => !tops.has(id) && (members.get(id)?.holder ?? "") === holder);
  const wanted = { ...box, y: snap(box.y + box.height + 2 * GRID) };
  // The whole selection moves as one, so it needs a place for its whole box.
  for (let hit = taken.find((other) => overlaps(wanted, other, GRID)); hit; ) {
    wanted.y = snap(hit.y + hit.height + 2 * GRID);
    hit = taken.find((other) => overlaps(wanted, other, GRID));
  }
  const moved = [...tops, ...heldBy(members, tops)].map((id) => ({ id, place: placeOf(id) }));
  asStep(() => {
    insert(doc, { nodes: {}, layout: {}, removeEdges: gone, edges: made });
    moveNodes(doc, moved.map(({ id, place: [x, y] }) => [id, x, y + wanted.y - box.y]));
  });
  tellOpen(open);
}

/** Take away every edge between what is selected and the rest; nothing closes. */
export function breakEdges(): void {
  const gone = bordering();
  asStep(() => remove(doc, { edges: gone }));
}
