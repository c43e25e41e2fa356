/** Which keys do what: an action's own, those of a profile, and those that somebody chose; and what a drag does. */

/** Keys by the name of the action; without an entry the action's own hold, with an empty one none. */
export type Keys = Readonly<Record<string, readonly string[]>>;

/** What a drag on the empty canvas does: it moves the view, or it draws a box that selects. */
export type Drag = "view" | "box";

export interface Keymap {
  /** The name of a profile: "conductor", "n8n" … */
  profile: string;
  /** What somebody has chosen in place of what the profile says. */
  own: Keys;
  /** What somebody has chosen in place of what the profile says. */
  drag?: Drag | undefined;
}

const FORMAT = "conductor-keys/1";
const KEY = /^((Mod|Shift|Alt)\+)*([^\s+]+|\+)$/;

export class KeymapInvalid extends Error {}

export function keysFor(name: string, keys: readonly string[] | undefined, profile: Keys, own: Keys): readonly string[] | undefined {
  return own[name] ?? profile[name] ?? keys;
}

interface Bound {
  readonly name: string;
  readonly keys?: readonly string[];
}

/** Give an action these keys alone; whoever has them now loses them. Returns the new choice, and who lost. */
export function rebind(own: Keys, list: readonly Bound[], name: string, keys: readonly string[]): { own: Keys; lost: string[] } {
  const next: Record<string, readonly string[]> = { ...own, [name]: keys };
  const lost: string[] = [];
  for (const other of list) {
    if (other.name === name || !other.keys?.some((one) => keys.includes(one))) continue;
    next[other.name] = other.keys.filter((one) => !keys.includes(one));
    lost.push(other.name);
  }
  return { own: next, lost };
}

export function writeKeymap(keymap: Keymap): string {
  return `${JSON.stringify({ format: FORMAT, ...keymap }, null, 2)}\n`;
}

/** Read what `writeKeymap` wrote. Raises KeymapInvalid with what is wrong. */
export function readKeymap(text: string, profiles: readonly string[]): Keymap {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new KeymapInvalid("The file is not JSON.");
  }
  if (typeof value !== "object" || value === null) throw new KeymapInvalid("The file holds no keys.");
  const { format, profile, own, drag } = value as Record<string, unknown>;
  if (format !== FORMAT) throw new KeymapInvalid(`The file's format is not ${FORMAT}.`);
  if (typeof profile !== "string" || !profiles.includes(profile)) {
    throw new KeymapInvalid(`There is no profile ${JSON.stringify(profile)}; there are ${profiles.join(", ")}.`);
  }
  if (typeof own !== "object" || own === null || Array.isArray(own)) throw new KeymapInvalid("'own' is no object.");
  for (const [name, keys] of Object.entries(own)) {
    const sound = Array.isArray(keys) && keys.every((one) => typeof one === "string" && KEY.test(one));
    if (!sound) throw new KeymapInvalid(`The keys of '${name}' are not a list such as ["Mod+Shift+K"].`);
  }
  if (drag !== undefined && drag !== "view" && drag !== "box") {
    throw new KeymapInvalid(`'drag' is ${JSON.stringify(drag)}, and neither "view" nor "box".`);
  }
  return { profile, own: own as Keys, ...(drag ? { drag } : {}) };
}
