import fc from "fast-check";
import { expect, test } from "vitest";
import { maxIdentifierBytes, readIdentifiers, writeIdentifiers } from "./shard-format.ts";

const ascending = fc
  .array(fc.nat(100_000), { maxLength: 60 })
  .map((numbers) => numbers.slice(0, numbers.length - (numbers.length % 2)).sort((a, b) => a - b));

test("identifiers: packed pairs come back, wherever they lie", () => {
  fc.assert(
    fc.property(ascending, fc.nat(9), (identifiers, start) => {
      const bytes = new Uint8Array(start + maxIdentifierBytes(identifiers));
      const end = writeIdentifiers(identifiers, bytes, start);
      expect(end).toBeLessThanOrEqual(bytes.length);
      const packed = bytes.subarray(0, end);
      expect([...readIdentifiers(packed, start, identifiers.length / 2)]).toEqual(identifiers);
    }),
  );
});

test("identifiers: damaged bytes give other numbers, not a hang", () => {
  const damaged = new Uint8Array(100).fill(0xff);
  expect(readIdentifiers(damaged, 0, 1_000)).toHaveLength(2_000);
});
