/** @file A base that does not learn, held in 8 bits: a row of int8 and a scale for each row of its matrices. */
import type { Tensor } from "../base/index.ts";

/** A matrix as rows of [-127, 127] times their scale. */
export interface EightBitMatrix {
  readonly shape: readonly [number, number];
  readonly rows: Int8Array;
  /** One for each row. */
  readonly scales: Float32Array;
}

export type FrozenBase = ReadonlyMap<string, EightBitMatrix>;

/** The matrix as numbers. */
export function dequantized({ shape, rows, scales }: EightBitMatrix): Tensor {
  const data = Float32Array.from(rows);
  for (let i = 0; i < data.length; i++) data[i]! *= scales[Math.floor(i / shape[1])]!;
  return { shape, data };
}
