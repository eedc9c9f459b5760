/** @file The best continuations of a group of rows, found in one scan without sorting the vocabulary. */
import { RuntimeFailure } from "../../base/index.ts";

/** A token that may continue a row. */
export interface Candidate {
  /** Score of the row plus the token's log-probability, rounded to float32. */
  readonly score: number;
  /** Row within its group. */
  readonly row: number;
  readonly token: number;
}

/**
 * The `count` best of all (row, token) pairs, best first; of equals, the one that comes first.
 * @param logProbs [rows, V] float32 of one group
 * @param rowScores [rows] added to each row, float32 values
 * @throws RuntimeFailure `generate.nan` when the model gives NaN
 */
export function topCandidates(
  logProbs: Float32Array,
  rowScores: readonly number[],
  vocabSize: number,
  count: number,
): Candidate[] {
  const best = new BestFew(count);
  for (const [row, rowScore] of rowScores.entries()) {
    const first = row * vocabSize;
    const values = logProbs.subarray(first, first + vocabSize);
    checkNumber(values);
    scan(values, rowScore, first, best);
  }
  if (best.size < count) fillWithImpossible(logProbs, best);
  return Array.from({ length: best.size }, (_, i) => {
    const index = best.indices[i]!;
    const row = Math.floor(index / vocabSize);
    return { score: best.scores[i]!, row, token: index - row * vocabSize };
  });
}

/** The index of the largest value, the first of equals. */
export function argmax(row: Float32Array): number {
  checkNumber(row);
  let best = Number.NEGATIVE_INFINITY;
  let index = 0;
  for (let start = 0; start < row.length; start += 4) {
    // a new best is rare: four values in one test take two thirds of the time; past the end nothing is larger
    const isBetter =
      row[start]! > best ||
      row[start + 1]! > best ||
      row[start + 2]! > best ||
      row[start + 3]! > best;
    if (!isBetter) continue;
    for (let i = start; i < start + 4; i++) {
      if (row[i]! > best) {
        best = row[i]!;
        index = i;
      }
    }
  }
  return index;
}

/** Log-softmax spreads one NaN over its whole row, so the first value tells. */
export function checkNumber(row: Float32Array): void {
  if (!Number.isNaN(row[0])) return;
  const help = "a weight or an input is NaN or infinite: check the checkpoint";
  throw new RuntimeFailure("generate.nan", "the model gives NaN for the next token", { help });
}

/** A short list of the largest scores seen, in order. */
class BestFew {
  readonly scores: Float64Array;
  readonly indices: Float64Array;
  size = 0;

  constructor(capacity: number) {
    this.scores = new Float64Array(capacity);
    this.indices = new Float64Array(capacity);
  }

  /** What a further score must exceed. */
  get threshold(): number {
    const { scores, size } = this;
    return size < scores.length ? Number.NEGATIVE_INFINITY : scores[size - 1]!;
  }

  insert(score: number, index: number): void {
    const { scores, indices } = this;
    let at = this.size < scores.length ? this.size++ : this.size - 1;
    for (; at > 0 && scores[at - 1]! < score; at--) {
      scores[at] = scores[at - 1]!;
      indices[at] = indices[at - 1]!;
    }
    scores[at] = score;
    indices[at] = index;
  }
}

function scan(values: Float32Array, rowScore: number, first: number, best: BestFew): void {
  let bound = boundOf(best, rowScore);
  for (let i = 0; i < values.length; i++) {
    // the bound is necessary, not sufficient: rounding the sum can only lower it to the threshold
    if (values[i]! > bound) {
      const score = Math.fround(rowScore + values[i]!);
      if (score > best.threshold) {
        best.insert(score, first + i);
        bound = boundOf(best, rowScore);
      }
    }
  }
}

function boundOf({ threshold }: BestFew, rowScore: number): number {
  const bound = threshold - rowScore;
  return Number.isNaN(bound) ? Number.NEGATIVE_INFINITY : bound - Math.abs(bound) * 1e-15;
}

/** Forbidden tokens still fill up the list, as in torch.topk, when nothing else is left. */
function fillWithImpossible(logProbs: Float32Array, best: BestFew): void {
  const taken = new Set(best.indices.subarray(0, best.size));
  for (let i = 0; i < logProbs.length && best.size < best.scores.length; i++) {
    if (!taken.has(i)) best.insert(Number.NEGATIVE_INFINITY, i);
  }
}
