/** Cutting edges: those that a stroke crosses, or all of a port. */
import { remove } from "../model/draft";
import { drawnEnds } from "../model/frames";
import { routePoints } from "../model/routes";
import { courseOf, crosses, curvesOf, endsAt, type Point, type Standing } from "../model/slice";
import { asStep, doc, useDraft } from "../store/document";
import { boxes, forms } from "../store/shapes";
import { say, useUi } from "../store/ui";

interface Course {
  id: string;
  points: readonly Point[];
}

/** The courses of all edges, as they are when a stroke begins. */
export function courses(): Course[] {
  const standing = new Map<string, Standing>();
  for (const box of boxes()) {
    const shape = forms().get(box.id)?.shape;
    if (shape) standing.set(box.id, { box, shape });
  }
  const { edges, routes } = useDraft.getState();
  return edges.flatMap((edge) => {
    if (routes.get(edge.id)?.name) return [];
    const drawn = drawnEnds(edge, (id) => forms().get(id));
    const ends = drawn && endsAt(drawn, (node) => standing.get(node));
    return ends ? [{ id: edge.id, points: courseOf(curvesOf(ends[0], routePoints(routes.get(edge.id)), ends[1])) }] : [];
  });
}

/** Mark the edges that one more piece of a stroke crosses. */
export function markCut(from: Point, to: Point, among: readonly Course[]): void {
  const { cut } = useUi.getState();
  const more = among.filter(({ id, points }) => !cut.has(id) && crosses(from, to, points));
  if (more.length) useUi.setState({ cut: new Set([...cut, ...more.map(({ id }) => id)]) });
}

/** Forget what is marked. */
export function keepAll(): void {
  if (useUi.getState().cut.size) useUi.setState({ cut: new Set() });
}

function cutEdges(gone: ReadonlySet<string>): void {
  if (!gone.size) return;
  asStep(() => remove(doc, { edges: gone }));
  say(gone.size === 1 ? "1 edge was cut" : `${gone.size} edges were cut`);
}

/** Take away what is marked, in one step. */
export function cutMarked(): void {
  const { cut } = useUi.getState();
  keepAll();
  cutEdges(cut);
}

/** Take away all edges of a port. */
export function breakPort(node: string, side: "source" | "target", port: string): void {
  const { edges } = useDraft.getState();
  const own = edges.filter((edge) => edge[side] === node && edge[`${side}Port`] === port);
  cutEdges(new Set(own.map((edge) => edge.id)));
}
