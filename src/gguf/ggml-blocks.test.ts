import fc from "fast-check";
import { expect, test } from "vitest";
import { ggufTypeRows, toHalf } from "./ggml-blocks.ts";

test.each([
  [0, 0x0000],
  [-0, 0x8000],
  [1, 0x3c00],
  [-2, 0xc000],
  [65_504, 0x7bff],
  [65_520, 0x7c00],
  [2 ** -14, 0x0400],
  [2 ** -24, 0x0001],
  [2 ** -25, 0x0000],
  [1.5 * 2 ** -24, 0x0002],
  [1 + 2 ** -11, 0x3c00],
  [1 + 3 * 2 ** -11, 0x3c02],
  [2 - 2 ** -12, 0x4000],
  [Number.POSITIVE_INFINITY, 0x7c00],
  [Number.NaN, 0x7e00],
])("toHalf: %d", (value, bits) => expect(toHalf(value)).toBe(bits));

const half = (bits: number) => {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const size = exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15);
  return bits & 0x8000 ? -size : size;
};

test("toHalf: every finite half comes back", () => {
  for (let bits = 0; bits < 0x7c00; bits++) expect(toHalf(half(bits))).toBe(bits);
});

const weights = fc.array(fc.float({ noNaN: true, min: -8, max: 8 }), {
  minLength: 32,
  maxLength: 32,
});

test("q8_0 and q4_0: a block, read as ggml reads it, is within half a step", () => {
  fc.assert(
    fc.property(weights, (values) => {
      const block = Float32Array.from(values);
      const peak = Math.max(...values.map(Math.abs));
      const eight = ggufTypeRows.q8_0.encode(block);
      const four = ggufTypeRows.q4_0.encode(block);
      expect([eight.length, four.length]).toEqual([34, 18]);
      const scaleOf = (bytes: Uint8Array) => half(bytes[0]! | (bytes[1]! << 8));
      // a scale of 16 bits has 11 that count, or is below what they hold
      const lost = peak * 2 ** -10 + 2 ** -18;
      values.forEach((value, i) => {
        const q8 = new Int8Array(eight.buffer, 2)[i]!;
        expect(Math.abs(q8 * scaleOf(eight) - value)).toBeLessThanOrEqual(peak / 254 + lost);
        const pair = four[2 + (i % 16)]!;
        const q4 = (i < 16 ? pair & 15 : pair >> 4) - 8;
        // the end opposite to the largest value is a step short
        expect(Math.abs(q4 * scaleOf(four) - value)).toBeLessThanOrEqual(peak / 8 + lost * 2);
      });
    }),
    { numRuns: 40 },
  );
});
