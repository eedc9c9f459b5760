import { expect, test } from "vitest";
import { Random } from "../base/index.ts";
import { eightBitColumns } from "./eight-bit-columns.ts";
import { quantizeRows } from "./quantized-weights.ts";

test("eightBitColumns: the rows of 8 bits, turned, whatever is left of the last squares", () => {
  const [rows, width] = [70, 130];
  const random = new Random(1);
  const data = Float32Array.from({ length: rows * width }, () => random.normal());
  data.fill(0, 0, width);
  const plain = quantizeRows({ shape: [rows, width], data });
  const { values, scales } = eightBitColumns(data, rows, width);
  expect(scales).toEqual(plain.scales);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < width; column++) {
      const difference = values[column * rows + row]! - plain.rows[row * width + column]!;
      // a product with the inverse rounds ties otherwise
      expect(Math.abs(difference)).toBeLessThanOrEqual(1);
    }
  }
});
