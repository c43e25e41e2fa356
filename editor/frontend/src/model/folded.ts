/** Text as it is compared when something is looked for. */

/** Small letters without accents, each in its place: what is found there is marked in the text itself. */
export function folded(text: string): string {
  return text.replace(/[^\0-\x7f]/g, (unit) => unit.toLowerCase().normalize("NFD").charAt(0)).toLowerCase();
}
