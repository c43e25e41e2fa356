/** Whether two JSON values are the same, and which of their parts are not. */
import { cutOf } from "./cut";
import type { Json, JsonObject } from "./types";

function isObject(value: Json): value is JsonObject {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

/**
 * Compares values and remembers what it found: in a run one and the same value is the output of one
 * step and the input of others. Large values are told apart by their hashes.
 */
export class Alike {
  private readonly known = new WeakMap<object, WeakMap<object, boolean>>();

  are(one: Json | undefined, other: Json | undefined): boolean {
    if (one === other) return true;
    if (one === undefined || other === undefined || one === null || other === null) return false;
    if (typeof one !== "object" || typeof other !== "object") return false;
    const before = this.known.get(one)?.get(other);
    if (before !== undefined) return before;
    const found = this.look(one, other);
    const of = this.known.get(one) ?? new WeakMap<object, boolean>();
    of.set(other, found);
    this.known.set(one, of);
    return found;
  }

  private look(one: Json, other: Json): boolean {
    if (Array.isArray(one) || Array.isArray(other)) {
      if (!Array.isArray(one) || !Array.isArray(other) || one.length !== other.length) return false;
      return one.every((item, at) => this.are(item, other[at]));
    }
    if (!isObject(one) || !isObject(other)) return false;
    const [cut, second] = [cutOf(one), cutOf(other)];
    if (cut && second) {
      if (cut.sha256 && second.sha256) return cut.sha256 === second.sha256;
      return cut.size === second.size && cut.start === second.start;
    }
    const keys = Object.keys(one);
    return keys.length === Object.keys(other).length && keys.every((key) => Object.hasOwn(other, key) && this.are(one[key], other[key]));
  }
}

/** A part of two values that is not the same; undefined where one has no such part. */
export interface Unlike {
  readonly name: string;
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

export interface Parts {
  readonly unlike: readonly Unlike[];
  /** How many parts are the same, and some of them. */
  readonly same: readonly (readonly [name: string, value: Json])[];
}

/**
 * The parts of two objects or two lists; null where the values are not of one kind. Lists are laid
 * side by side from both ends, so that what was put in or taken out does not make all that follows unlike.
 */
export function partsOf(before: Json, after: Json, alike: Alike): Parts | null {
  if (before === null || after === null || cutOf(before) || cutOf(after)) return null;
  if (Array.isArray(before) && Array.isArray(after)) return partsOfLists(before, after, alike);
  if (!isObject(before) || !isObject(after)) return null;
  const unlike: Unlike[] = [];
  const same: [string, Json][] = [];
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [old, now] = [before[name], after[name]];
    if (now !== undefined && alike.are(old, now)) same.push([name, now]);
    else unlike.push({ name, before: old, after: now });
  }
  return { unlike, same };
}

function partsOfLists(before: readonly Json[], after: readonly Json[], alike: Alike): Parts {
  const least = Math.min(before.length, after.length);
  let start = 0;
  while (start < least && alike.are(before[start], after[start])) start += 1;
  let end = 0;
  while (end < least - start && alike.are(before.at(-1 - end), after.at(-1 - end))) end += 1;
  const unlike: Unlike[] = [];
  const same = after.slice(0, start).map((value, at): [string, Json] => [String(at), value]);
  for (let at = start; at < Math.max(before.length, after.length) - end; at += 1) {
    const old = at < before.length - end ? before[at] : undefined;
    const now = at < after.length - end ? after[at] : undefined;
    if (now !== undefined && alike.are(old, now)) same.push([String(at), now]);
    else unlike.push({ name: String(at), before: old, after: now });
  }
  const rest = after.length - end;
  return { unlike, same: [...same, ...after.slice(rest).map((value, at): [string, Json] => [String(rest + at), value])] };
}
