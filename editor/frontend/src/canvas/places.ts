/** Places of a drawing to come back to: where one has been, and bookmarks by number. */
import { EMPTY, go, leave, type Trail, type View } from "../model/trail";
import { useDraft } from "../store/document";
import { say } from "../store/ui";
import { onLeap, showView, viewNow } from "./view";

let trail: Trail = EMPTY;
onLeap((view) => {
  trail = leave(trail, view);
});

function move(way: "back" | "on"): void {
  const shown = viewNow();
  const found = shown && go(trail, way, shown);
  if (!found) return say(way === "back" ? "There is no earlier place" : "There is no later place");
  trail = found.trail;
  showView(found.view);
}

export const goBack = (): void => move("back");
export const goOn = (): void => move("on");

// --- bookmarks: each person's own, kept by the browser ---------------------------

const key = (): string => `conductor-bookmarks-${useDraft.getState().blueprint.id}`;

function isView(value: unknown): value is View {
  return typeof value === "object" && value !== null && ["x", "y", "zoom"].every((name) => Number.isFinite((value as Record<string, unknown>)[name]));
}

function bookmarks(): Record<string, unknown> {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key()) ?? "{}");
    return typeof kept === "object" && kept !== null ? (kept as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** Remember what the canvas shows under a number. */
export function setBookmark(number: number): void {
  try {
    localStorage.setItem(key(), JSON.stringify({ ...bookmarks(), [number]: viewNow() }));
    say(`Bookmark ${number} is set here`);
  } catch {
    say("This browser keeps nothing for pages, so there can be no bookmark", "danger");
  }
}

/** Show what was remembered under a number. */
export function goToBookmark(number: number): void {
  const view = bookmarks()[number];
  if (!isView(view)) return say(`Bookmark ${number} is not set yet`);
  const shown = viewNow();
  if (shown) trail = leave(trail, shown);
  showView(view);
}
