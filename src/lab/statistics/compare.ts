/** @file Two adaptations on the same samples: the paired difference, and McNemar's test of their answers. */
import { type McNemar, mcnemar } from "../../metrics/index.ts";
import { type Drawn, minus } from "./draws.ts";
import type { Answers, Slice } from "./figures.ts";

/**
 * Per seed the first less the second. Seeds go together by place; a side with one seed (a model without
 * training answers the same for each) stands against every seed of the other.
 */
export function differences(first: readonly Drawn[], second: readonly Drawn[]): readonly Drawn[] {
  const count = Math.max(first.length, second.length);
  const at = (side: readonly Drawn[], i: number) => side[side.length === 1 ? 0 : i];
  return Array.from({ length: count }, (_, i) => [at(first, i), at(second, i)] as const).flatMap(
    ([a, b]) => (a && b ? [minus(a, b)] : []),
  );
}

/**
 * McNemar's test between two adaptations whose answer to a sample is the majority of their seeds': each sample
 * counts once, since three seeds on one sample are no three samples. An even vote is "vulnerable". It takes samples
 * for independent and knows no groups: read it beside the bootstrap's p-value, not instead.
 */
export function mcnemarOfSeeds(
  { labels }: Slice,
  first: readonly Answers[],
  second: readonly Answers[],
): McNemar {
  return mcnemar(rightness(labels, first), rightness(labels, second));
}

function rightness(labels: readonly number[], seeds: readonly Answers[]): boolean[] {
  return labels.map((label, i) => {
    const votes = seeds.filter(({ scores, threshold }) => scores[i]! >= threshold).length;
    return (2 * votes >= seeds.length ? 1 : 0) === label;
  });
}
