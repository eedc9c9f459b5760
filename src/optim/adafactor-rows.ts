/**
 * @file The inner loops of Adafactor, one row at a time, in float64.
 * Sums run in two halves: an addition waits for the one before it, two chains overlap.
 */

/**
 * Add the squares of a row of gradients to `columns`.
 * @returns the sum of the squares, `eps` added to each
 */
export function addSquares(
  gradient: Float32Array,
  start: number,
  length: number,
  scale: number,
  eps: number,
  columns: Float64Array,
): number {
  const half = length >> 1;
  const middle = start + half;
  let low = 0;
  let high = 0;
  for (let j = 0; j < half; j++) {
    const a = gradient[start + j]! * scale;
    const b = gradient[middle + j]! * scale;
    columns[j] = columns[j]! + (a * a + eps);
    columns[half + j] = columns[half + j]! + (b * b + eps);
    low += a * a + eps;
    high += b * b + eps;
  }
  if (length % 2 === 0) return low + high;
  const last = (gradient[start + length - 1]! * scale) ** 2 + eps;
  columns[length - 1] = columns[length - 1]! + last;
  return low + high + last;
}

/** Sum over a row of (gradient x column factor) squared. */
export function scaledSumOfSquares(
  gradient: Float32Array,
  start: number,
  length: number,
  factors: Float64Array,
  firstFactor: number,
): number {
  const half = length >> 1;
  let low = 0;
  let high = 0;
  for (let j = 0; j < half; j++) {
    const a = gradient[start + j]! * factors[firstFactor + j]!;
    const b = gradient[start + half + j]! * factors[firstFactor + half + j]!;
    low += a * a;
    high += b * b;
  }
  if (length % 2 === 0) return low + high;
  const last = gradient[start + length - 1]! * factors[firstFactor + length - 1]!;
  return low + high + last * last;
}

/** `target = keep * target + weight * gradient * column factor` along a row. */
export function applyRow(
  target: Float32Array,
  gradient: Float32Array,
  start: number,
  length: number,
  factors: Float64Array,
  firstFactor: number,
  keep: number,
  weight: number,
): void {
  for (let j = 0; j < length; j++) {
    const change = gradient[start + j]! * factors[firstFactor + j]! * weight;
    target[start + j] = target[start + j]! * keep + change;
  }
}

/** `target = a * target + b * term`, `target` from `start` on. */
export function addScaled(
  target: Float32Array,
  start: number,
  term: Float64Array,
  a: number,
  b: number,
): void {
  for (let i = 0; i < term.length; i++) target[start + i] = a * target[start + i]! + b * term[i]!;
}

/** Multiply in place. */
export function scaleRow(row: Float64Array, factor: number): void {
  for (let i = 0; i < row.length; i++) row[i] = row[i]! * factor;
}

/** Root mean square of all values. */
export function rootMeanSquare(values: Float32Array): number {
  const half = values.length >> 1;
  let low = 0;
  let high = 0;
  for (let i = 0; i < half; i++) {
    low += values[i]! ** 2;
    high += values[half + i]! ** 2;
  }
  const last = values.length % 2 === 0 ? 0 : values.at(-1)! ** 2;
  return Math.sqrt((low + high + last) / values.length);
}
