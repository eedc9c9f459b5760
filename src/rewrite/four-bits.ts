/** @file Rows of floats into blocks of 4 bits, one pass, into memory that is there. */
import type { NodeProto } from "../onnx/index.ts";
import { int } from "./node-maker.ts";

/** Values of a row that share a scale; ONNX Runtime has its fastest kernels for 32. */
export const blockSize = 32;
/** Products in 8 bits: MatMulNBits computes in floats, much slower, unless told. */
const accuracyLevel = 4;

/** Attributes of `com.microsoft.MatMulNBits` with a matrix in blocks. @param shape [out, in] */
export function blockProduct(shape: readonly number[]): NodeProto["attributes"] {
  const [rows, columns] = shape as [number, number];
  return {
    K: int(columns),
    N: int(rows),
    bits: int(4),
    block_size: int(blockSize),
    accuracy_level: int(accuracyLevel),
  };
}

/**
 * w ≈ (q - 8) s, q in 0 .. 15: the value of the largest magnitude in a block becomes exactly -8. Two to a
 * byte, the first in the low half, as `com.microsoft.MatMulNBits` reads them.
 * @param weights blocks one after another
 * @param values receives half a byte for each weight
 * @param scales receives one for each block; NaN where a weight is not a finite number
 */
export function packFourBits(
  weights: Float32Array,
  values: Uint8Array,
  scales: Float32Array,
): void {
  for (let block = 0; block < scales.length; block++) {
    const start = block * blockSize;
    let extreme = 0;
    let peak = 0;
    let fault = 0;
    for (let i = start; i < start + blockSize; i++) {
      const value = weights[i]!;
      // NaN where the value is infinite or none
      fault += value * 0;
      const size = value < 0 ? -value : value;
      if (size > peak) {
        peak = size;
        extreme = value;
      }
    }
    const scale = Math.fround(extreme / -8 + fault);
    scales[block] = scale;
    if (scale === 0) {
      values.fill(0x88, start / 2, (start + blockSize) / 2);
      continue;
    }
    for (let i = start; i < start + blockSize; i += 2) {
      values[i >> 1] = rounded(weights[i]! / scale) | (rounded(weights[i + 1]! / scale) << 4);
    }
  }
}

/** A quotient in [-8, 8] as 0 .. 15, halves up as `Math.round`. */
function rounded(quotient: number): number {
  const q = (quotient + 8.5) | 0;
  return q > 15 ? 15 : q;
}
