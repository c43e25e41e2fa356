/** How many of a frame's iterations are over, and how many of them failed. */
import { useNodeState } from "../store/statuses";

export function Iterations({ id, after = "" }: { id: string; after?: string }) {
  const iterations = useNodeState(id)?.iterations;
  if (!iterations?.begun) return null;
  const { done, failed, total } = iterations;
  const title = total === null ? `${done} iterations are over` : `${done} of ${total} iterations are over`;
  return (
    <span className="frame-count" data-testid={`iterations-${id}`} title={title}>
      {after}
      {total === null ? `×${done}` : `${done}/${total}`}
      {failed > 0 && <span className="frame-failed"> · {failed} failed</span>}
    </span>
  );
}
