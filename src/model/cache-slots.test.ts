/** @file Slots against a record of every row's whole past, whatever follows whatever. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { Random } from "../base/index.ts";
import { CacheSlots } from "./cache-slots.ts";

/** Steps of a row's past by slot, as the mask and the positions tell them. */
function pastOf(slots: CacheSlots, row: number, rowsPerExample: number): Map<number, number> {
  const { capacity, mask, positions } = slots;
  const example = Math.floor(row / rowsPerExample);
  const seen = Array.from({ length: capacity }, (_, slot) => slot).filter((slot) => {
    return mask[row * capacity + slot] === 0;
  });
  return new Map(seen.map((slot) => [slot, Number(positions[example * capacity + slot])]));
}

function takeOrGrow(slots: CacheSlots, step: number): Int32Array {
  const taken = slots.take(step);
  if (taken !== undefined) return taken;
  slots.grow(slots.capacity + 7);
  return takeOrGrow(slots, step);
}

/** Random parents of the kept examples' rows. */
function parentsOf(kept: readonly number[], rowsPerExample: number, random: Random): Int32Array {
  return Int32Array.from(
    kept.flatMap((example) =>
      Array.from({ length: rowsPerExample }, () => {
        return example * rowsPerExample + random.below(rowsPerExample);
      }),
    ),
  );
}

const shape = fc.record({
  examples: fc.integer({ min: 1, max: 4 }),
  rows: fc.integer({ min: 1, max: 5 }),
  steps: fc.integer({ min: 1, max: 30 }),
  seed: fc.nat(),
});

test("CacheSlots: a row sees its own past, all of it, each step where it was put", () => {
  fc.assert(
    fc.property(shape, ({ examples, rows, steps, seed }) => {
      const random = new Random(seed);
      const slots = new CacheSlots(examples, rows, 3);
      let count = examples;
      let pasts = Array.from({ length: count * rows }, () => new Map<number, number>());
      for (let step = 0; step < steps && count > 0; step++) {
        const taken = takeOrGrow(slots, step);
        pasts = pasts.map((past, row) => new Map([...past, [taken[row]!, step]]));
        const kept = Array.from({ length: count }, (_, i) => i).filter(() => random.below(9) > 0);
        const parents = parentsOf(kept, rows, random);
        slots.follow(parents, kept);
        pasts = Array.from(parents, (parent) => pasts[parent]!);
        count = kept.length;
        pasts.forEach((past, row) => {
          expect(pastOf(slots, row, rows)).toEqual(new Map([...past].sort(([a], [b]) => a - b)));
        });
      }
    }),
    { numRuns: 100 },
  );
});

test("CacheSlots: beams that keep coming from one need a slot a step, and a few", () => {
  const slots = new CacheSlots(1, 4, 64);
  for (let step = 0; step <= 60; step++) {
    expect(slots.take(step), `step ${step}`).toBeDefined();
    slots.follow(Int32Array.of(step % 4, step % 4, step % 4, step % 4), [0]);
  }
  expect(slots.take(61)).toBeUndefined();
});

test("CacheSlots: rows that never meet need a slot each", () => {
  const slots = new CacheSlots(1, 2, 10);
  for (let step = 0; step < 5; step++) {
    expect(slots.take(step)).toEqual(Int32Array.of(2 * step, 2 * step + 1));
  }
  expect(slots.take(5)).toBeUndefined();
});

test("CacheSlots: an example takes the same slots alone and in a batch", () => {
  const random = new Random(5);
  const [alone, together] = [new CacheSlots(1, 3, 40), new CacheSlots(2, 3, 90)];
  for (let step = 0; step < 12; step++) {
    const own = alone.take(step)!;
    expect(together.take(step)!.subarray(3)).toEqual(own);
    const [other, parents] = [parentsOf([0], 3, random), parentsOf([0], 3, random)];
    alone.follow(parents, [0]);
    together.follow(Int32Array.of(...other, ...parents.map((parent) => 3 + parent)), [0, 1]);
  }
});
