/** Which node stands beside another: before and after it along the edges, above and below it in the drawing. */
import type { EdgeEnds } from "./edges";
import type { Placed } from "./gap";

export type Direction = "left" | "right" | "up" | "down";

const middle = ({ y, height }: Placed): number => y + height / 2;

/** The nearest that way; undefined where there is none. Above and below, those at the same edges come first. */
export function neighbour(of: Placed, boxes: readonly Placed[], edges: readonly EdgeEnds[], way: Direction): string | undefined {
  const sources = new Set(edges.flatMap(({ source, target }) => (target === of.id ? [source] : [])));
  const targets = new Set(edges.flatMap(({ source, target }) => (source === of.id ? [target] : [])));
  const nearest = (list: readonly Placed[]): string | undefined =>
    list.toSorted((one, other) => Math.abs(middle(one) - middle(of)) - Math.abs(middle(other) - middle(of)))[0]?.id;
  const others = boxes.filter(({ id }) => id !== of.id);
  if (way === "left") return nearest(others.filter(({ id }) => sources.has(id)));
  if (way === "right") return nearest(others.filter(({ id }) => targets.has(id)));
  const side = way === "up" ? -1 : 1;
  const beyond = others.filter((other) => side * (middle(other) - middle(of)) > 0);
  const alike = new Set(
    edges.flatMap(({ source, target }) => [...(sources.has(source) ? [target] : []), ...(targets.has(target) ? [source] : [])]),
  );
  const inColumn = ({ x, width }: Placed): boolean => x < of.x + of.width && of.x < x + width;
  return nearest(beyond.filter(({ id }) => alike.has(id))) ?? nearest(beyond.filter(inColumn));
}
