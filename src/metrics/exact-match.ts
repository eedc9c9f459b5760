/** @file Exact match, in the two ways that published numbers use. */
import { requirePairs } from "./pairing.ts";
import { pythonSplit, pythonStrip } from "./python-text.ts";

/**
 * Share of predictions equal to their reference after stripping white space at both ends, in percent.
 * Range [0, 100]; higher is better.
 *
 * Source: salesforce/CodeT5 run_gen.py `eval_bleu_epoch` at 7de7f69. No departure.
 * @throws DataError `metric.length`, `metric.empty`
 */
export function exactMatch(predictions: readonly string[], references: readonly string[]): number {
  return shareOfEqual(predictions, references, pythonStrip);
}

/**
 * Share of predictions whose white-space tokens equal those of their reference, in percent: spacing
 * inside the line does not count. Range [0, 100]; higher is better.
 *
 * Source: CodeXGLUE Text-Code/text-to-code evaluator at ac74a62 (56.3 where {@link exactMatch} gives 56.1).
 * No departure.
 * @throws DataError `metric.length`, `metric.empty`
 */
export function exactMatchOfTokens(
  predictions: readonly string[],
  references: readonly string[],
): number {
  // no token holds a space, so joined tokens are equal exactly when the lists are
  return shareOfEqual(predictions, references, (text) => pythonSplit(text).join(" "));
}

function shareOfEqual(
  predictions: readonly string[],
  references: readonly string[],
  normalize: (text: string) => string,
): number {
  requirePairs("exactMatch", predictions, references);
  const equal = predictions.filter((text, i) => normalize(text) === normalize(references[i]!));
  return (equal.length / predictions.length) * 100;
}
