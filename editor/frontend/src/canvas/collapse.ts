/** Frames that are drawn without what they hold: closed and opened by people, or opened to look inside. */
import { moveNodes, setCollapsed } from "../model/draft";
import { framesAround } from "../model/frames";
import { asStep, doc, useDraft } from "../store/document";
import { select, useSelection } from "../store/selection";
import { drawing, forms, framesNow, placeOf } from "../store/shapes";

function keepOpen(opened: ReadonlySet<string>): void {
  useDraft.setState({ opened });
}

/** Close frames; each becomes a card at its corner, and what it held is selected no more. */
function close(ids: readonly string[]): void {
  const chosen = useSelection.getState();
  asStep(() => {
    moveNodes(doc, ids.map((id) => [id, ...placeOf(id)]));
    setCollapsed(doc, ids, true);
  });
  const { opened } = useDraft.getState();
  if (ids.some((id) => opened.has(id))) keepOpen(new Set([...opened].filter((id) => !ids.includes(id))));
  const hidden = [...chosen.nodes].flatMap((id) => forms().get(id)?.standIn || []);
  if (hidden.length) {
    const left = [...chosen.nodes].filter((id) => !forms().get(id)?.standIn);
    select([...left, ...hidden], chosen.edges);
  }
}

/** The selected frames, or those around what is selected. */
function meant(): string[] {
  const { nodes } = useSelection.getState();
  const isFrame = (id: string): boolean => framesNow().has(id) || forms().get(id)?.collapsed === true;
  const own = [...nodes].filter(isFrame);
  return own.length ? own : [...new Set([...nodes].flatMap((id) => framesAround(drawing.members(), id)[0] ?? []))];
}

export function collapsible(): boolean {
  return meant().length > 0;
}

/** Whether the drawing has a frame at all. */
export function anyFrame(): boolean {
  return framesNow().size > 0 || useDraft.getState().collapsed.size > 0;
}

/** Close these frames; when all are closed, open them. */
export function toggleCollapsed(ids: readonly string[] = meant()): void {
  const open = ids.filter((id) => framesNow().has(id));
  if (open.length) close(open);
  else asStep(() => setCollapsed(doc, ids, false));
}

/** Close all frames, or open all when all are closed. */
export function toggleAll(): void {
  const { collapsed } = useDraft.getState();
  const outer = [...framesNow().keys()].filter((id) => !forms().get(id)?.holder);
  if (outer.length) close(outer);
  else asStep(() => setCollapsed(doc, collapsed, false));
}

/** Open the frames around a node at this page, so that it can be seen; the draft stays as it is. */
export function openAround(id: string): void {
  const { collapsed, opened } = useDraft.getState();
  const shut = framesAround(drawing.members(), id).filter((frame) => collapsed.has(frame) && !opened.has(frame));
  if (shut.length) keepOpen(new Set([...opened, ...shut]));
}
