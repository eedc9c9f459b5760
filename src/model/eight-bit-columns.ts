/** @file A large matrix in 8 bits, turned: in squares, since a column of the other layout costs a cache line a number. */

const largest = 127;
/** Rows and columns of a square. */
const side = 64;

/**
 * w ≈ q s, q in -127 .. 127, s = max|w| of the row / 127.
 * @param weights [rows, width]
 * @returns values [width, rows], scales [rows]
 */
export function eightBitColumns(
  weights: Float32Array,
  rows: number,
  width: number,
): { readonly values: Int8Array; readonly scales: Float32Array } {
  const scales = new Float32Array(rows);
  const inverses = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    let peak = 0;
    for (let i = row * width; i < (row + 1) * width; i++) {
      const value = weights[i]!;
      const size = value < 0 ? -value : value;
      if (size > peak) peak = size;
    }
    const scale = Math.fround(peak / largest);
    scales[row] = scale;
    inverses[row] = scale === 0 ? 0 : 1 / scale;
  }
  const values = new Int8Array(rows * width);
  for (let top = 0; top < rows; top += side) {
    for (let left = 0; left < width; left += side) {
      turnSquare(weights, values, inverses, [top, left], [rows, width]);
    }
  }
  return { values, scales };
}

function turnSquare(
  weights: Float32Array,
  values: Int8Array,
  inverses: Float64Array,
  [top, left]: readonly [number, number],
  [rows, width]: readonly [number, number],
): void {
  const [bottom, right] = [Math.min(top + side, rows), Math.min(left + side, width)];
  for (let row = top; row < bottom; row++) {
    const inverse = inverses[row]!;
    for (let column = left; column < right; column++) {
      values[column * rows + row] = Math.round(weights[row * width + column]! * inverse);
    }
  }
}
