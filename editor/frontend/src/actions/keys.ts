/** Keys as text: `Mod+Shift+Z`; Mod is Command on a Mac and Control elsewhere. */

const MAC = typeof navigator !== "undefined" && /Mac|iPhone|iPad/.test(navigator.platform);

/** Whether the key is held that adds to a selection: Command on a Mac, where Control asks for a menu. */
export function withMod(event: { ctrlKey: boolean; metaKey: boolean }): boolean {
  return MAC ? event.metaKey : event.ctrlKey;
}

const ARROWS = { ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓" };
const SHOWN: Record<string, string> = MAC
  ? { ...ARROWS, Mod: "⌘", Shift: "⇧", Alt: "⌥", Enter: "↩", Backspace: "⌫" }
  : { ...ARROWS, Mod: "Ctrl" };

export function keyText(keys: string): string {
  return splitKeys(keys)
    .map((key) => SHOWN[key] ?? key)
    .join(MAC ? "" : "+");
}

function splitKeys(keys: string): string[] {
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
  // With Alt a Mac types other letters, and Shift other signs: the key's place says which was meant.
  const place = /[0-9]/.test(key) && parts.length > 1 ? `Digit${key}` : `Key${key.toUpperCase()}`;
  const pressed = event.key === " " ? "space" : event.key.toLowerCase();
  return pressed === key.toLowerCase() || event.code === place;
}

const HELD = new Set(["Control", "Shift", "Alt", "Meta", "AltGraph", "Dead", "Unidentified"]);

/** The keys of an event as text; null while only Shift and the like are held. */
export function keysOf(event: KeyboardEvent): string | null {
  if (HELD.has(event.key)) return null;
  const place = /^(?:Key([A-Z])|Digit([0-9]))$/.exec(event.code);
  const mod = MAC ? event.metaKey : event.ctrlKey;
  const held = mod || event.altKey;
  const named = held || event.shiftKey ? (place?.[1] ?? (held ? place?.[2] : undefined)) : undefined;
  const key = event.key === " " ? "Space" : (named ?? (event.key.length === 1 ? event.key.toUpperCase() : event.key));
  // A sign such as `?` is typed with Shift in one layout and without in another.
  const shift = event.shiftKey && (key.length > 1 || /[A-Z0-9]/.test(key));
  return [mod && "Mod", shift && "Shift", event.altKey && "Alt", key].filter(Boolean).join("+");
}
