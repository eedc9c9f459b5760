/** @file Matrices in fewer bits: 8 with a scale per row, 4 with a scale per block of a row. */
import type { Tensor } from "../base/index.ts";
import { blockSize, packFourBits } from "./four-bits.ts";

interface Stored<Data extends ArrayBufferView> {
  readonly shape: readonly number[];
  readonly data: Data;
}

/** Integers and what they are to be multiplied by. */
interface Quantized<Data extends ArrayBufferView> {
  readonly values: Stored<Data>;
  readonly scales: Stored<Float32Array>;
}

const sizes = ({ shape }: Tensor) => shape as unknown as readonly [rows: number, columns: number];

/** @param matrix [R, C] @returns [C, R] */
export function transposed(matrix: Tensor): Stored<Float32Array> {
  const [rows, columns] = sizes(matrix);
  return { shape: [columns, rows], data: turned(matrix.data, rows, columns) };
}

function turned<Data extends Float32Array | Int8Array>(
  data: Data,
  rows: number,
  columns: number,
): Data {
  const result = new (data.constructor as new (length: number) => Data)(data.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      result[column * rows + row] = data[row * columns + column]!;
    }
  }
  return result;
}

/**
 * w ≈ q s, q in -127 .. 127, s = max|w| of the row / 127.
 * @param matrix [R, C] @returns values [R, C], scales [R]
 */
export function quantizeRows(matrix: Tensor): Quantized<Int8Array> {
  const [rows, columns] = sizes(matrix);
  const data = new Int8Array(rows * columns);
  const scales = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const values = matrix.data.subarray(row * columns, (row + 1) * columns);
    const scale = Math.fround(peakOf(values) / 127);
    scales[row] = scale;
    if (scale === 0) continue;
    for (let i = 0; i < columns; i++) {
      data[row * columns + i] = Math.max(-127, Math.min(127, Math.round(values[i]! / scale)));
    }
  }
  return { values: { shape: [rows, columns], data }, scales: { shape: [rows], data: scales } };
}

function peakOf(values: Float32Array): number {
  let peak = 0;
  for (const value of values) peak = Math.max(peak, Math.abs(value));
  return peak;
}

/** {@link quantizeRows} of a matrix, turned: values [C, R], scales [R]. */
export function quantizeColumns(matrix: Tensor): Quantized<Int8Array> {
  const [rows, columns] = sizes(matrix);
  const { values, scales } = quantizeRows(matrix);
  return { values: { shape: [columns, rows], data: turned(values.data, rows, columns) }, scales };
}

/**
 * {@link packFourBits} of a matrix, as `com.microsoft.MatMulNBits` reads it.
 * @param matrix [R, C], C divisible by the block size
 * @returns values [R, C / block, block / 2] uint8, scales [R, C / block]
 */
export function fourBitBlocks(matrix: Tensor): Quantized<Uint8Array> {
  const [rows, columns] = sizes(matrix);
  const shape = [rows, columns / blockSize];
  const values = { shape: [...shape, blockSize / 2], data: new Uint8Array(matrix.data.length / 2) };
  const scales = { shape, data: new Float32Array(matrix.data.length / blockSize) };
  packFourBits(matrix.data, values.data, scales.data);
  return { values, scales };
}
