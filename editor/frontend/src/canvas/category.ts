/** The colour of a category of node types: a hue of its own, the same wherever it is shown. */
import type { CSSProperties } from "react";

/** In the order in which the palette shows them: what starts a run first, as in a drawing. */
const KNOWN: Record<string, string> = {
  triggers: "var(--category-trigger)",
  flow: "var(--category-flow)",
  frames: "var(--category-flow)",
  data: "var(--category-data)",
  text: "var(--category-text)",
  http: "var(--category-network)",
  files: "var(--category-file)",
};
const ORDER = Object.keys(KNOWN);

/** Compare two categories: the known ones in their order, then any other by its name. */
export function compareCategories(one: string, other: string): number {
  const place = (category: string): number => {
    const at = ORDER.indexOf(category.toLowerCase());
    return at < 0 ? ORDER.length : at;
  };
  return place(one) - place(other) || one.localeCompare(other);
}

/** A known category's own colour; any other gets one from its name, always the same. */
export function categoryColor(category: string | undefined): string {
  const name = (category ?? "").toLowerCase();
  const known = KNOWN[name];
  if (known) return known;
  let hash = 0;
  for (const letter of name) hash = (hash * 31 + letter.charCodeAt(0)) % 360;
  return `oklch(var(--category-tone) ${hash})`;
}

/** The style that hands a category's colour to the CSS. */
export function hueStyle(category: string | undefined): CSSProperties {
  return { "--hue": categoryColor(category) } as CSSProperties;
}
