import fc from "fast-check";
import { expect, test } from "vitest";
import { Random } from "../base/index.ts";
import { type BatchOptions, type ExampleLengths, planBatches } from "./batches.ts";
import { paddedLength } from "./pad.ts";

const anyLengths: fc.Arbitrary<ExampleLengths[]> = fc.array(
  fc.record({ sourceLength: fc.nat(300), targetLength: fc.nat(100) }),
  { maxLength: 200 },
);
const anyOptions = fc.record(
  {
    batchSize: fc.integer({ min: 1, max: 20 }),
    bucketing: fc.boolean(),
    shuffle: fc.boolean(),
    multipleOf: fc.integer({ min: 1, max: 32 }),
    windowExamples: fc.integer({ min: 1, max: 300 }),
    seed: fc.nat(),
    epoch: fc.nat(100),
  },
  { requiredKeys: ["batchSize", "seed", "epoch"] },
);

test("planBatches: every example exactly once, no batch empty or too large", () => {
  fc.assert(
    fc.property(anyLengths, anyOptions, (lengths, options) => {
      const { batches, paddingShare } = planBatches({ lengths, ...options });
      expect(batches.flat().sort((a, b) => a - b)).toEqual(lengths.map((_, i) => i));
      const sizes = batches.map((batch) => batch.length);
      expect(sizes.every((size) => size >= 1 && size <= options.batchSize)).toBe(true);
      expect(paddingShare).toBeGreaterThanOrEqual(0);
      expect(paddingShare).toBeLessThanOrEqual(1);
    }),
  );
});

test("planBatches: the same seed and epoch give the same plan", () => {
  fc.assert(
    fc.property(anyLengths, anyOptions, (lengths, options) => {
      expect(planBatches({ lengths, ...options })).toEqual(planBatches({ lengths, ...options }));
    }),
  );
});

test("planBatches: maxTokens holds with padding, but for a single longer example", () => {
  const limits = fc.integer({ min: 1, max: 2000 });
  fc.assert(
    fc.property(anyLengths, limits, fc.nat(), (lengths, maxTokens, seed) => {
      const { batches } = planBatches({ lengths, maxTokens, seed, epoch: 0 });
      for (const batch of batches) {
        const width = (key: keyof ExampleLengths) =>
          Math.max(...batch.map((i) => lengths[i]![key] && paddedLength(lengths[i]![key], 8)));
        const source = Math.max(8, width("sourceLength"));
        const tokens = batch.length * (source + width("targetLength"));
        expect(batch.length === 1 || tokens <= maxTokens).toBe(true);
      }
    }),
  );
});

/** Lengths like those of translation: log-normal, the target near the source. */
function translationLike(count: number): ExampleLengths[] {
  const random = new Random(7);
  return Array.from({ length: count }, () => {
    const size = 40 * Math.exp(0.7 * random.normal());
    const sourceLength = Math.min(320, 3 + Math.floor(size));
    const ratio = 1.2 * Math.exp(0.15 * random.normal());
    return { sourceLength, targetLength: Math.min(256, 3 + Math.floor(size * ratio)) };
  });
}

const lengths = translationLike(10_000);
const plan = (options: Partial<BatchOptions> = {}) =>
  planBatches({ lengths, batchSize: 16, seed: 1, epoch: 0, ...options });

test("planBatches: buckets keep padding under 10 %, where plain shuffling wastes half", () => {
  expect(plan().paddingShare).toBeLessThan(0.1);
  expect(plan({ bucketing: false }).paddingShare).toBeGreaterThan(0.5);
  expect(plan().numShapes).toBeLessThan(150);
});

test("planBatches: the padding share is what padding to the longest of each batch costs", () => {
  const { batches, paddingShare } = plan({ multipleOf: 4 });
  const up = (length: number) => Math.ceil(length / 4) * 4;
  const width = (batch: readonly number[], key: keyof ExampleLengths) =>
    Math.max(...batch.map((i) => up(lengths[i]![key])));
  const padded = batches.reduce(
    (sum, batch) =>
      sum + batch.length * (width(batch, "sourceLength") + width(batch, "targetLength")),
    0,
  );
  const real = lengths.reduce((sum, l) => sum + l.sourceLength + l.targetLength, 0);
  expect(paddingShare).toBeCloseTo(1 - real / padded, 12);
});

test("planBatches: another epoch is another order, in other company", () => {
  const [first, second] = [plan().batches, plan({ epoch: 1 }).batches];
  expect(second).not.toEqual(first);
  const mates = new Map(first.flatMap((batch) => batch.map((i) => [i, new Set(batch)])));
  const kept = second.filter((batch) => batch.every((i) => mates.get(batch[0]!)!.has(i)));
  expect(kept.length).toBeLessThan(first.length / 10);
});

test("planBatches: batches do not come in order of length", () => {
  const sizes = plan().batches.map((batch) => lengths[batch[0]!]!.sourceLength);
  const rises = sizes.filter((size, i) => i > 0 && size > sizes[i - 1]!).length;
  expect(rises / sizes.length).toBeGreaterThan(0.4);
  expect(rises / sizes.length).toBeLessThan(0.6);
});

test("planBatches: only one batch is smaller than the rest", () => {
  const sizes = plan({ batchSize: 24, windowExamples: 1000 }).batches.map((batch) => batch.length);
  expect(sizes.filter((size) => size < 24)).toEqual([10_000 % 24]);
});

test("planBatches: without shuffling, seed and epoch do not count", () => {
  expect(plan({ shuffle: false, seed: 2, epoch: 3 })).toEqual(plan({ shuffle: false }));
  const { batches } = plan({ shuffle: false, bucketing: false });
  expect(batches.flat()).toEqual(lengths.map((_, i) => i));
});

test("planBatches: many single-example batches overflow nothing", () => {
  const many = Array.from({ length: 150_000 }, () => ({ sourceLength: 1, targetLength: 0 }));
  const options = { batchSize: 1, seed: 1, epoch: 0, windowExamples: 1_000_000 };
  expect(planBatches({ lengths: many, ...options }).batches).toHaveLength(150_000);
});

test("planBatches: bad sizes and lengths are refused", () => {
  expect(() => planBatches({ lengths, seed: 1, epoch: 0 })).toThrow("no batch size");
  for (const batchSize of [0, -1, 1.5, Number.NaN]) {
    expect(() => plan({ batchSize })).toThrow(expect.objectContaining({ code: "batch.size" }));
  }
  expect(() => plan({ lengths: [{ sourceLength: -1, targetLength: 0 }] })).toThrow(
    expect.objectContaining({ code: "batch.length" }),
  );
});
