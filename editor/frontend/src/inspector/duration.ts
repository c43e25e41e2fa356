/** Durations as people write them: `90`, `1h 30m`, `2 days`; kept as seconds. */

const UNITS: readonly (readonly [RegExp, number])[] = [
  [/^(?:s|sec|secs|second|seconds)$/, 1],
  [/^(?:m|min|mins|minute|minutes)$/, 60],
  [/^(?:h|hr|hrs|hour|hours)$/, 3600],
  [/^(?:d|day|days)$/, 86_400],
  [/^(?:w|week|weeks)$/, 604_800],
];
const PART = /(\d+(?:\.\d+)?|\.\d+)\s*([a-z]+)\s*/giy;
const NAMES: readonly (readonly [string, number])[] = [["d", 86_400], ["h", 3600], ["min", 60]];

/** The seconds that a text means; undefined where it is empty. Throws RangeError for anything else. */
export function readDuration(text: string): number | undefined {
  const trimmed = text.trim();
  if (!trimmed) return undefined;
  const plain = Number(trimmed);
  if (Number.isFinite(plain)) return plain;
  let seconds = 0;
  PART.lastIndex = 0;
  let place = 0;
  while (place < trimmed.length) {
    const found = PART.exec(trimmed);
    const unit = UNITS.find(([names]) => names.test(found?.[2]?.toLowerCase() ?? ""))?.[1];
    if (!found || unit === undefined) throw new RangeError(text);
    seconds += Number(found[1]) * unit;
    place = PART.lastIndex;
  }
  // 0.1 + 0.2 is not to be seen.
  return Math.round(seconds * 1000) / 1000;
}

/** Seconds in words (`1 h 30 min`); "" where the number says it as well. */
export function durationWords(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 60) return "";
  const parts: string[] = [];
  let left = seconds;
  for (const [name, size] of NAMES) {
    const count = Math.floor(left / size);
    if (count) parts.push(`${count} ${name}`);
    left -= count * size;
  }
  const rest = Math.round(left * 1000) / 1000;
  if (rest) parts.push(`${rest} s`);
  return parts.join(" ");
}
