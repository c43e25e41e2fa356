/** On a phone, what is opened takes most of the canvas: what was in its middle stays in its middle. */
import { useUi } from "../store/ui";
import { shiftView } from "./view";

/** Watch the measures of the canvas; what is returned ends that. */
export function keepMiddle(canvas: Element): () => void {
  let { width, height } = canvas.getBoundingClientRect();
  const watcher = new ResizeObserver(() => {
    const now = canvas.getBoundingClientRect();
    if (useUi.getState().narrow) shiftView((now.width - width) / 2, (now.height - height) / 2);
    ({ width, height } = now);
  });
  watcher.observe(canvas);
  return () => watcher.disconnect();
}
