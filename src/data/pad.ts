/** @file Padding: sequences of different lengths as one rectangle, of few different widths. */
import { DataError } from "../base/index.ts";

/**
 * The next multiple of `multipleOf`, at least one: batches then come in few shapes, and the first run at a
 * new shape is slow in ONNX Runtime.
 * @param length tokens, from 0
 * @param multipleOf positive whole number; 1 pads to the longest sequence exactly
 */
export function paddedLength(length: number, multipleOf: number): number {
  return Math.max(1, Math.ceil(length / multipleOf)) * multipleOf;
}

/** Sequences side by side. */
export interface PaddedBatch {
  /** [B, S] row-major, padding at the end of each row. */
  readonly ids: Int32Array;
  /** [B, S], 1 where there is a token, 0 where there is padding. */
  readonly mask: Int32Array;
  /** [B, S]; S is {@link paddedLength} of the longest sequence. */
  readonly shape: readonly [number, number];
}

/**
 * Pad token sequences on the right to one length.
 * @param padId what padding holds: the pad token for inputs, -100 for labels that the loss ignores
 * @param multipleOf the common length is a multiple of this; default 8
 * @throws DataError `batch.id` for an id that is not a 32-bit whole number
 */
export function padBatch(
  sequences: readonly ArrayLike<number>[],
  padId: number,
  multipleOf = 8,
): PaddedBatch {
  const longest = sequences.reduce((length, ids) => Math.max(length, ids.length), 0);
  const width = paddedLength(longest, multipleOf);
  const ids = new Int32Array(sequences.length * width).fill(padId);
  const mask = new Int32Array(sequences.length * width);
  for (const [row, sequence] of sequences.entries()) {
    const start = row * width;
    ids.set(sequence, start);
    mask.fill(1, start, start + sequence.length);
    for (let i = 0; i < sequence.length; i++) {
      if (ids[start + i] !== sequence[i]) throw badId(sequence[i], row, i);
    }
  }
  return { ids, mask, shape: [sequences.length, width] };
}

function badId(id: number | undefined, row: number, position: number): DataError {
  return new DataError("batch.id", "not a token id", {
    expected: "a 32-bit whole number",
    got: String(id),
    where: `sequence ${row}, position ${position}`,
  });
}
