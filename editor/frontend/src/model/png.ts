/** Text inside a PNG: an `iTXt` chunk with its checksum, as the format wants it (ISO/IEC 15948). */

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** The signature and the header chunk, which must come first. */
const AFTER_HEADER = 8 + 4 + 4 + 13 + 4;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

/** The CRC-32 that PNG and zip use. */
export function crc32(bytes: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of bytes) value = (TABLE[(value ^ byte) & 0xff] ?? 0) ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

function chunk(kind: string, data: Uint8Array): Uint8Array {
  const made = new Uint8Array(12 + data.length);
  const view = new DataView(made.buffer);
  view.setUint32(0, data.length);
  made.set(new TextEncoder().encode(kind), 4);
  made.set(data, 8);
  view.setUint32(8 + data.length, crc32(made.subarray(4, 8 + data.length)));
  return made;
}

/** The picture with a text under a keyword, right behind its header. */
export function withText(png: Uint8Array, keyword: string, text: string): Uint8Array {
  if (png.length < AFTER_HEADER || SIGNATURE.some((byte, index) => png[index] !== byte)) {
    throw new TypeError("not a PNG picture");
  }
  // Keyword, not compressed (two zeros), no language, no translated keyword, then the text.
  const added = chunk("iTXt", new TextEncoder().encode(`${keyword}\0\0\0\0\0${text}`));
  const made = new Uint8Array(png.length + added.length);
  made.set(png.subarray(0, AFTER_HEADER));
  made.set(added, AFTER_HEADER);
  made.set(png.subarray(AFTER_HEADER), AFTER_HEADER + added.length);
  return made;
}
