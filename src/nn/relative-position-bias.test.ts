/** @file Buckets of T5's relative position bias: worked by hand, by definition, against the reference. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readJsonFile } from "../base/index.ts";
import { buildGraph, constant, input } from "../graph/index.ts";
import { compile } from "../runtime/index.ts";
import {
  type RelativePositionOptions,
  relativePositionBias,
  relativePositionBucket,
  relativePositionTable,
} from "./relative-position-bias.ts";

const t5 = { numBuckets: 32, maxDistance: 128 };
const encoder = { ...t5, bidirectional: true };
const decoder = { ...t5, bidirectional: false };

describe("relativePositionBucket", () => {
  // 8 buckets a side: 0 to 7 are exact, then 8 log2(d / 8) / 4 more of them up to 128
  test.each([
    [0, 0],
    [-1, 1],
    [-7, 7],
    [-8, 8],
    [-11, 8],
    [-12, 9],
    [-16, 10],
    [-22, 10],
    [-23, 11],
    [-32, 12],
    [-64, 14],
    [-127, 15],
    [-128, 15],
    [-100_000, 15],
    [1, 17],
    [7, 23],
    [8, 24],
    [16, 26],
    [128, 31],
    [100_000, 31],
  ])("looking both ways, offset %i falls into %i", (offset, bucket) => {
    expect(relativePositionBucket(offset, encoder)).toBe(bucket);
  });

  test.each([
    [5, 0],
    [0, 0],
    [-1, 1],
    [-15, 15],
    [-16, 16],
    [-32, 21],
    [-64, 26],
    [-127, 31],
    [-128, 31],
  ])("looking back, offset %i falls into %i", (offset, bucket) => {
    expect(relativePositionBucket(offset, decoder)).toBe(bucket);
  });

  test("128 and beyond share the last bucket, and buckets never shrink with the distance", () => {
    const options = fc
      .record({
        bidirectional: fc.boolean(),
        numBuckets: fc.integer({ min: 2, max: 16 }).map((half) => 2 * half),
        extra: fc.integer({ min: 1, max: 200 }),
      })
      .map(({ extra, ...rest }) => ({ ...rest, maxDistance: rest.numBuckets / 2 + extra }));
    fc.assert(
      fc.property(options, (given: RelativePositionOptions) => {
        const side = given.bidirectional ? given.numBuckets / 2 : given.numBuckets;
        const back = Array.from({ length: given.maxDistance + 5 }, (_, distance) =>
          relativePositionBucket(-distance, given),
        );
        expect(back[0]).toBe(0);
        expect(back.every((bucket, i) => i === 0 || bucket >= back[i - 1]!)).toBe(true);
        expect(
          back.slice(given.maxDistance).every((bucket) => bucket === Math.floor(side) - 1),
        ).toBe(true);
        const ahead = relativePositionBucket(given.maxDistance, given);
        expect(ahead).toBe(given.bidirectional ? given.numBuckets - 1 : 0);
      }),
    );
  });
});

const golden = resolve(
  import.meta.dirname,
  "../../../shared/goldens/metrics/t5_relative_buckets.json",
);
describe.runIf(existsSync(golden))("relativePositionBucket against the reference", () => {
  const sides = { bidirectional: encoder, causal: decoder } as const;
  test.each(["bidirectional", "causal"] as const)("%s", (side) => {
    const file = readJsonFile(golden) as Record<typeof side, Record<string, number>>;
    const got = Object.keys(file[side]).map((offset) => {
      return [offset, relativePositionBucket(Number(offset), sides[side])];
    });
    expect(got.length).toBeGreaterThan(100);
    expect(Object.fromEntries(got)).toEqual(file[side]);
  });
});

test("relativePositionTable: the offsets -maxDistance to maxDistance", () => {
  const table = relativePositionTable({ bidirectional: true, numBuckets: 4, maxDistance: 3 });
  expect(table).toEqual(BigInt64Array.of(1n, 1n, 1n, 0n, 3n, 3n, 3n));
});

test("relativePositionBias: the learned bias of each offset's bucket, per head", async () => {
  const options = { bidirectional: true, numBuckets: 4, maxDistance: 3 };
  const table = input("table", "float32", [4, 2]);
  const positions = (...at: number[]) => constant(BigInt64Array.from(at, BigInt), [at.length]);
  const bias = relativePositionBias(table, positions(0, 4), positions(0, 1, 4, 900), options);
  expect(bias.shape).toEqual([1, 2, 2, 4]);
  const session = await compile(buildGraph({ name: "bias", inputs: [table], outputs: { bias } }));
  const data = Float32Array.of(0, 100, 1, 101, 2, 102, 3, 103);
  const { bias: got } = await session.run({ table: { shape: [4, 2], data } });
  await session.release();
  const firstHead = [0, 3, 3, 3, 1, 1, 0, 3];
  expect([...got!.data]).toEqual([...firstHead, ...firstHead.map((x) => x + 100)]);
});
