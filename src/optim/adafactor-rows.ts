/**
 * @file The inner loops of Adafactor, a row at a time: in TypeScript for any length, in WebAssembly for
 * rows of whole vectors, five times as fast.
 */
import { addressOf, type Parameter } from "./parameter-store.ts";

/** Loops over the rows of one parameter's gradient, rows numbered through all its matrices. */
export interface RowLoops {
  /**
   * Add `(scale * gradient)^2 + eps` of rows `first` to `first + count` to `columns`.
   * @returns for each row the sum of the same
   */
  addSquares(
    first: number,
    count: number,
    scale: number,
    eps: number,
    columns: Float64Array,
  ): Float64Array;
  /** The column factors of the loops below. */
  useFactors(factors: Float64Array): void;
  /** Sum over a row of (gradient x column factor) squared. */
  scaledSumOfSquares(row: number): number;
  /** `target = keep * target + weight * gradient * column factor` along a row. */
  apply(row: number, keep: number, weight: number): void;
}

/** Rows of any length, in float64. @param target what `apply` changes */
export function plainRows(target: Float32Array, gradient: Float32Array, columns: number): RowLoops {
  let factors = new Float64Array(columns);
  return {
    addSquares: (first, count, scale, eps, sums) => {
      const rowSums = new Float64Array(count);
      for (let i = 0; i < count * columns; i++) {
        const square = (gradient[first * columns + i]! * scale) ** 2 + eps;
        rowSums[Math.floor(i / columns)]! += square;
        sums[i % columns]! += square;
      }
      return rowSums;
    },
    useFactors: (next) => {
      factors = next as Float64Array<ArrayBuffer>;
    },
    scaledSumOfSquares: (row) => {
      let sum = 0;
      for (let j = 0; j < columns; j++) sum += (gradient[row * columns + j]! * factors[j]!) ** 2;
      return sum;
    },
    apply: (row, keep, weight) => {
      const start = row * columns;
      for (let j = 0; j < columns; j++) {
        const change = gradient[start + j]! * factors[j]! * weight;
        target[start + j] = target[start + j]! * keep + change;
      }
    },
  };
}

/** Rows whose squares are summed in float32 before the sums go on in float64. */
const rowsPerBlock = 64;

/**
 * Rows of whole vectors, changing the parameter's values. Column sums and factors lie at the beginning of
 * the matrix's own second-moment region, which Adafactor leaves unused.
 * @param columns a multiple of 4; the parameter has at least 2 rows
 */
export function vectorRows(
  parameter: Parameter,
  columns: number,
  source: "gradients" | "accumulated",
): RowLoops {
  const { buffer, kernels } = parameter.bank;
  const bytes = 4 * columns;
  const gradients = addressOf(parameter, source);
  const values = addressOf(parameter, "values");
  const sumsAt = addressOf(parameter, "moment2");
  const factorsAt = sumsAt + bytes;
  const sums = new Float32Array(buffer, sumsAt, columns);
  const factors = new Float32Array(buffer, factorsAt, columns);
  const rowAt = (row: number) => gradients + row * bytes;
  return {
    addSquares: (first, count, scale, eps, columnSums) => {
      const rowSums = new Float64Array(count);
      for (let start = 0; start < count; start += rowsPerBlock) {
        sums.fill(0);
        for (let i = start; i < Math.min(count, start + rowsPerBlock); i++) {
          const squares = kernels.addSquares(rowAt(first + i), sumsAt, bytes, scale, eps);
          rowSums[i] = squares * scale * scale + columns * eps;
        }
        for (let j = 0; j < columns; j++) columnSums[j]! += sums[j]!;
      }
      return rowSums;
    },
    useFactors: (next) => factors.set(next),
    scaledSumOfSquares: (row) => kernels.scaledSumOfSquares(rowAt(row), factorsAt, bytes),
    apply: (row, keep, weight) => {
      kernels.applyRow([values + row * bytes, rowAt(row), factorsAt], bytes, keep, weight);
    },
  };
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
