import fc from "fast-check";
import { expect, test } from "vitest";
import { fourBitBlocks, quantizeColumns, quantizeRows, transposed } from "./quantized.ts";

const matrix = fc
  .tuple(fc.integer({ min: 1, max: 4 }), fc.constantFrom(32, 64))
  .chain(([rows, columns]) =>
    fc
      .float32Array({
        ...{ minLength: rows * columns, maxLength: rows * columns },
        ...{ min: -4, max: 4, noNaN: true },
      })
      .map((data) => ({ shape: [rows, columns], data })),
  );

test("quantizeRows: no value is off by more than half a step", () => {
  fc.assert(
    fc.property(matrix, (m) => {
      const { values, scales } = quantizeRows(m);
      const [, columns] = m.shape as [number, number];
      m.data.forEach((value, i) => {
        const scale = scales.data[Math.floor(i / columns)]!;
        expect(Math.abs(value - values.data[i]! * scale)).toBeLessThanOrEqual(scale * 0.5001);
      });
    }),
  );
});

test("quantizeColumns: the same numbers, turned", () => {
  fc.assert(
    fc.property(matrix, (m) => {
      const [rows, columns] = m.shape as [number, number];
      const straight = quantizeRows(m).values.data;
      const { values, scales } = quantizeColumns(m);
      expect(values.shape).toEqual([columns, rows]);
      expect(scales.shape).toEqual([rows]);
      values.data.forEach((value, i) => {
        expect(value).toBe(straight[(i % rows) * columns + Math.floor(i / rows)]);
      });
    }),
  );
  const turned = transposed({ shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) });
  expect(turned).toEqual({ shape: [3, 2], data: Float32Array.of(1, 4, 2, 5, 3, 6) });
});

test("fourBitBlocks: the value of the largest magnitude is kept, none is off by more than a step", () => {
  fc.assert(
    fc.property(matrix, (m) => {
      const { values, scales } = fourBitBlocks(m);
      m.data.forEach((value, i) => {
        const byte = values.data[i >> 1]!;
        const scale = scales.data[Math.floor(i / 32)]!;
        const got = ((i % 2 === 0 ? byte & 15 : byte >> 4) - 8) * scale;
        expect(Math.abs(value - got)).toBeLessThanOrEqual(Math.abs(scale) * 1.0001);
      });
    }),
  );
  const peak = new Float32Array(32).map((_, i) => (i === 5 ? -2 : i / 100));
  const { values, scales } = fourBitBlocks({ shape: [1, 32], data: peak });
  expect(((values.data[2]! >> 4) - 8) * scales.data[0]!).toBe(-2);
});
