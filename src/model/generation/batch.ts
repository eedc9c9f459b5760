/** @file The running batch: which examples still occupy rows of the decoder, and what it is fed next. */

/** An example being decoded; done ones may stay in the batch for a while, fed with padding. */
export interface Occupant {
  readonly isDone: boolean;
}

/** Input of the next step. */
export interface StepInput {
  readonly tokens: Int32Array;
  readonly parents?: Int32Array;
}

/** Newest token of a row, and the row of its example in the previous step that it continues. */
export interface NextRow {
  readonly token: number;
  readonly parent: number;
}

/**
 * Drop done examples once they are an eighth of the batch: dropping costs the decoder a copy of its caches.
 * Hugging Face keeps them all; results are the same.
 */
export function occupantsOf<T extends Occupant>(batch: readonly T[]): readonly T[] {
  const running = batch.filter(({ isDone }) => !isDone);
  return batch.length - running.length >= batch.length / 8 ? running : batch;
}

/**
 * Rows of the next step.
 * @param previous examples in the order of the previous step
 * @param kept those that stay, in the same order
 * @param rowsOf the rows of a kept example, as many as before
 */
export function nextInput<T>(
  previous: readonly T[],
  kept: readonly T[],
  rowsOf: (example: T) => readonly NextRow[],
): StepInput {
  const places = new Map(previous.map((example, place) => [example, place]));
  const rows = kept.flatMap((example) => {
    const own = rowsOf(example);
    const first = places.get(example)! * own.length;
    return own.map(({ token, parent }) => ({ token, parent: first + parent }));
  });
  const tokens = Int32Array.from(rows, ({ token }) => token);
  const isIdentity = kept.length === previous.length && rows.every(({ parent }, i) => parent === i);
  return isIdentity ? { tokens } : { tokens, parents: Int32Array.from(rows, (row) => row.parent) };
}
