/** @file Masks against their definition, element by element. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { hash32 } from "../base/index.ts";
import { MaskMemory } from "./mask-memory.ts";

/** 16 random bits decide an element; one hash serves two. */
function maskByDefinition(size: number, key: number, rate: number): Float32Array {
  const threshold = Math.round(rate * 65_536);
  const kept = 1 / (1 - threshold / 65_536);
  return Float32Array.from({ length: size }, (_, i) => {
    const bits = hash32(key, i >>> 1);
    return (i % 2 === 0 ? bits & 0xffff : bits >>> 16) < threshold ? 0 : kept;
  });
}

const request = fc.record({
  size: fc.integer({ min: 0, max: 300 }),
  key: fc.integer({ min: 0, max: 0xffff_ffff }),
  rate: fc.double({ min: 0, max: 0.999, noNaN: true }),
});

test("MaskMemory: a mask is its definition to the last bit, wherever it lies", () => {
  const memory = new MaskMemory();
  fc.assert(
    fc.property(fc.array(request, { maxLength: 5 }), (requests) => {
      memory.restart();
      const masks = requests.map(({ size, key, rate }) => memory.draw(size, key, rate));
      const want = requests.map(({ size, key, rate }) => maskByDefinition(size, key, rate));
      expect(masks).toEqual(want);
    }),
    { numRuns: 200 },
  );
});

test("MaskMemory: a long mask is its definition too", () => {
  const mask = new MaskMemory().draw(300_001, 0x9e37_79b9, 0.1);
  expect(Buffer.compare(bytesOf(mask), bytesOf(maskByDefinition(300_001, 0x9e37_79b9, 0.1)))).toBe(
    0,
  );
});

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array) =>
  Buffer.from(buffer, byteOffset, byteLength);

test("MaskMemory: masks that do not fit one memory take several, and the same ones again", () => {
  const memory = new MaskMemory(65_536);
  const sizes = [16_000, 500, 16_000, 40_000, 8];
  const drawn = () => {
    memory.restart();
    return sizes.map((size, i) => memory.draw(size, i, 0.3));
  };
  const masks = drawn();
  masks.forEach((mask, i) => {
    expect(Buffer.compare(bytesOf(mask), bytesOf(maskByDefinition(sizes[i]!, i, 0.3)))).toBe(0);
  });
  expect(new Set(masks.map(({ buffer }) => buffer)).size).toBe(4);
  expect(drawn().map(({ buffer }) => buffer)).toEqual(masks.map(({ buffer }) => buffer));
});

test("MaskMemory: the rate is the share of zeros, and the mean stays 1", () => {
  const mask = new MaskMemory().draw(1_000_000, 42, 0.1);
  const zeros = mask.reduce((count, x) => count + Number(x === 0), 0);
  expect(Math.abs(zeros / 1e6 - 0.1)).toBeLessThan(4 * Math.sqrt(0.09 / 1e6));
  const sum = mask.reduce((total, x) => total + x, 0);
  expect(sum / 1e6).toBeCloseTo(1, 2);
});

test("MaskMemory: at a rate next to 1 nothing is infinite", () => {
  expect(new MaskMemory().draw(1000, 1, 1 - 1e-9).every(Number.isFinite)).toBe(true);
});

test("MaskMemory: memory that cannot be had is an error that says what to do", () => {
  expect(() => new MaskMemory().draw(2 ** 31, 1, 0.1)).toThrow(
    expect.objectContaining({
      name: "RuntimeFailure",
      code: "train.memory",
      details: expect.objectContaining({ expected: "8192 MiB of address space" }),
    }),
  );
});
