/** Keys as text: `Mod+Shift+Z`; Mod is Command on a Mac and Control elsewhere. */

const MAC = typeof navigator !== "undefined" && /Mac|iPhone|iPad/.test(navigator.platform);

const ARROWS = { ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓" };
const SHOWN: Record<string, string> = MAC
  ? { ...ARROWS, Mod: "⌘", Shift: "⇧", Alt: "⌥", Enter: "↩", Backspace: "⌫" }
  : { ...ARROWS, Mod: "Ctrl" };

export function keyText(keys: string): string {
  return splitKeys(keys)
    .map((key) => SHOWN[key] ?? key)
    .join(MAC ? "" : "+");
}

export function splitKeys(keys: string): string[] {
  return keys === "+" ? ["+"] : keys.split("+");
}

/** Whether an event is these keys. Signs such as `?` stand for themselves, with or without Shift. */
export function matches(event: KeyboardEvent, keys: string): boolean {
  const parts = splitKeys(keys);
  const key = parts.at(-1) ?? "";
  const mod = MAC ? event.metaKey : event.ctrlKey;
  const other = MAC ? event.ctrlKey : event.metaKey;
  if (other || mod !== parts.includes("Mod") || event.altKey !== parts.includes("Alt")) return false;
  const sign = key.length === 1 && !/[a-z0-9]/i.test(key);
  if (!sign && event.shiftKey !== parts.includes("Shift")) return false;
  // With Alt a Mac types other letters: the key's place says which was meant.
  return event.key.toLowerCase() === key.toLowerCase() || event.code === `Key${key.toUpperCase()}`;
}
