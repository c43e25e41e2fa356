/** Files that are dragged over the editor: the canvas takes them, and nothing lets the page be left for them. */
import { whenLoaded } from "../later";
import { isReading } from "../store/versions";

const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") ?? false;

function onCanvas({ target }: DragEvent): boolean {
  return target instanceof Element && target.closest(".stage-canvas") !== null && !isReading();
}

function mark(on: boolean): void {
  document.querySelector(".stage-canvas")?.classList.toggle("is-dropping", on);
}

function onDragOver(event: DragEvent): void {
  if (!hasFiles(event) || !event.dataTransfer) return;
  event.preventDefault();
  const here = onCanvas(event);
  event.dataTransfer.dropEffect = here ? "copy" : "none";
  mark(here);
}

function onDrop(event: DragEvent): void {
  if (!hasFiles(event)) return;
  event.preventDefault();
  mark(false);
  const files = [...(event.dataTransfer?.files ?? [])];
  const at = { x: event.clientX, y: event.clientY };
  if (!onCanvas(event)) return;
  whenLoaded(() => import("./take"), ({ take }) => void take(files, at));
}

/** Listen for as long as the page is there. */
export function listenToDrops(): void {
  window.addEventListener("dragover", onDragOver);
  window.addEventListener("dragleave", (event) => event.relatedTarget === null && mark(false));
  window.addEventListener("drop", onDrop);
}
