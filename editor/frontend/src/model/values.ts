/**
 * JSON values as they lie in the shared document, and back. The server's merging keeps no order of
 * the keys of an object, which people see, so a value with an object in it is kept as JSON text.
 */

/** An entry keeps its identity: what was put in, or read once, is what comes out. */
const known = new WeakMap<object, unknown>();

function hasObject(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(hasObject);
  return typeof value === "object" && value !== null;
}

export function packed(value: unknown): unknown {
  if (!hasObject(value)) return value;
  const kept = { json: JSON.stringify(value) };
  known.set(kept, value);
  return kept;
}

export function unpacked(kept: unknown): unknown {
  if (typeof kept !== "object" || kept === null || Array.isArray(kept)) return kept;
  let value = known.get(kept);
  if (value === undefined) {
    value = JSON.parse((kept as { json: string }).json) as unknown;
    known.set(kept, value);
  }
  return value;
}

/** Whether two JSON values are written alike. */
export function same(one: unknown, other: unknown): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}
