/** @file A base that does not learn, held in few bits: rows of int8 with a scale each, or blocks of 4 bits. */
import type { Tensor } from "../base/index.ts";
import { blockSize } from "../rewrite/index.ts";

/** A matrix as rows of [-127, 127] times their scale. */
export interface EightBitMatrix {
  readonly shape: readonly [number, number];
  readonly rows: Int8Array;
  /** One for each row. */
  readonly scales: Float32Array;
}

/** A matrix as w = (q - 8) s, q in 0 .. 15. */
export interface FourBitMatrix {
  readonly shape: readonly [number, number];
  /** Two weights to a byte, the first in the low half. */
  readonly blocks: Uint8Array;
  /** One for each block of 32 in a row. */
  readonly scales: Float32Array;
}

export type FrozenMatrix = EightBitMatrix | FourBitMatrix;
export type FrozenBase = ReadonlyMap<string, FrozenMatrix>;

/** One number of a matrix. @param index row-major */
export function dequantizedAt(matrix: FrozenMatrix, index: number): number {
  const { shape, scales } = matrix;
  if ("rows" in matrix) return matrix.rows[index]! * scales[Math.floor(index / shape[1])]!;
  const byte = matrix.blocks[index >> 1]!;
  const q = index % 2 === 0 ? byte & 15 : byte >> 4;
  return (q - 8) * scales[Math.floor(index / blockSize)]!;
}

/** The matrix as numbers. */
export function dequantized(matrix: FrozenMatrix): Tensor {
  const { shape } = matrix;
  const data = new Float32Array(shape[0] * shape[1]);
  for (let i = 0; i < data.length; i++) data[i] = dequantizedAt(matrix, i);
  return { shape, data };
}
