import { crc32 as zlibCrc32, deflateSync } from "node:zlib";

import { describe, expect, it } from "vitest";

import { crc32, withText } from "./png";

function chunk(kind: string, data: Buffer): Buffer {
  const head = Buffer.concat([Buffer.from(kind), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(zlibCrc32(head));
  return Buffer.concat([length, head, sum]);
}

const HEADER = Buffer.from([0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0]);
const PNG = Buffer.concat([
  Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
  chunk("IHDR", HEADER),
  chunk("IDAT", deflateSync(Buffer.from([0, 0]))),
  chunk("IEND", Buffer.alloc(0)),
]);

describe("text inside a PNG", () => {
  it("has the checksums that everybody else computes", () => {
    for (const text of ["", "IEND", "Grüße, 123456789"]) {
      const bytes = new TextEncoder().encode(text);
      expect(crc32(bytes)).toBe(zlibCrc32(bytes));
    }
    expect(crc32(new TextEncoder().encode("IEND"))).toBe(0xae426082);
  });

  it("comes right behind the header, and leaves all else as it was", () => {
    const text = '{"name": "Grüße"}';
    const made = Buffer.from(withText(PNG, "conductor-blueprint", text));
    const added = chunk("iTXt", Buffer.from(`conductor-blueprint\0\0\0\0\0${text}`));
    expect(made.subarray(33, 33 + added.length).equals(added)).toBe(true);
    expect(Buffer.concat([made.subarray(0, 33), made.subarray(33 + added.length)]).equals(PNG)).toBe(true);
  });

  it("is put into nothing but a PNG", () => {
    expect(() => withText(new Uint8Array(100), "x", "y")).toThrow("not a PNG");
  });
});
