/**
 * The lines of a page to its server. Each tries again after a pause of its own, and the pauses grow:
 * what one has reached the others need not wait for.
 */
const lines = new Set<() => void>();

/** `connect` does nothing where the line is open. */
export function tryWithOthers(connect: () => void): void {
  lines.add(connect);
}

/** A line has got an answer. */
export function serverReached(): void {
  for (const connect of lines) connect();
}
