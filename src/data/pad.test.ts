import fc from "fast-check";
import { expect, test } from "vitest";
import { padBatch, paddedLength } from "./pad.ts";

test("paddedLength: up to the next multiple, at least one", () => {
  expect([0, 1, 8, 9, 16].map((length) => paddedLength(length, 8))).toEqual([8, 8, 8, 16, 16]);
  expect(paddedLength(13, 1)).toBe(13);
});

test("padBatch: ids, mask and shape", () => {
  expect(padBatch([[5, 6, 7], [], [8]], -100, 2)).toEqual({
    ids: Int32Array.from([5, 6, 7, -100, -100, -100, -100, -100, 8, -100, -100, -100]),
    mask: Int32Array.from([1, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0]),
    shape: [3, 4],
  });
});

test("padBatch: the mask gives every sequence back", () => {
  const sequences = fc.array(fc.array(fc.integer({ min: 0, max: 32_099 }), { maxLength: 40 }));
  fc.assert(
    fc.property(sequences, fc.integer({ min: 1, max: 20 }), (rows, multipleOf) => {
      const { ids, mask, shape } = padBatch(rows, 0, multipleOf);
      const [batch, width] = shape;
      expect([batch, width % multipleOf, ids.length]).toEqual([rows.length, 0, batch * width]);
      const back = rows.map((_, row) =>
        [...ids.subarray(row * width, (row + 1) * width)].filter((_, i) => mask[row * width + i]),
      );
      expect(back).toEqual(rows);
    }),
  );
});

test("padBatch: what is not a 32-bit whole number is refused with its place", () => {
  for (const id of [2 ** 32 + 5, 1.5, Number.NaN]) {
    expect(() => padBatch([[1], [2, id]], 0)).toThrow(
      expect.objectContaining({
        code: "batch.id",
        details: expect.objectContaining({ where: "sequence 1, position 1" }),
      }),
    );
  }
});
