/** @file Simulated answers of models whose true figures are known: what intervals are tried on. */
import { Random } from "../../base/index.ts";
import type { Answers, Slice } from "./figures.ts";

/** How answers come about. Scores are logits: strength, group and noise add up. */
export interface World {
  readonly numGroups: number;
  /** Gap between the mean logits of vulnerable and safe, for each adaptation. */
  readonly strengths: readonly number[];
  /** Standard deviation of what a group's samples share. */
  readonly groupSpread: number;
  /** Standard deviation of a seed's strength. */
  readonly seedSpread: number;
  readonly numSeeds: number;
}

/** A data set drawn from a world: `answers[adaptation][seed]`. */
export interface Simulated {
  readonly slice: Slice;
  readonly answers: readonly (readonly Answers[])[];
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** Groups of 2 to 6 samples, half of them vulnerable, half of the noise shared by all adaptations and seeds. */
export function simulate(world: World, seed: number): Simulated {
  const random = new Random(seed, "simulation");
  const labels: number[] = [];
  const groups: number[] = [];
  const shared: number[] = [];
  for (let group = 0; group < world.numGroups; group++) {
    const effect = world.groupSpread * random.normal();
    const size = 2 * (1 + random.below(3));
    for (let i = 0; i < size; i++) {
      labels.push(i % 2);
      groups.push(group);
      shared.push(effect + Math.SQRT1_2 * random.normal());
    }
  }
  const pairs = labels.flatMap((label, i) => (label === 1 ? [{ vulnerable: i, safe: i - 1 }] : []));
  const seeds = Array.from({ length: world.numSeeds }, (_, i) => i);
  const answers = world.strengths.map((strength) =>
    seeds.map(() => {
      const own = strength + world.seedSpread * random.normal();
      const scores = labels.map((label, i) => {
        return sigmoid(own * (label - 0.5) + shared[i]! + Math.SQRT1_2 * random.normal());
      });
      return { scores, threshold: 0.5, strictThreshold: 0.95, temperature: 1 };
    }),
  );
  return { slice: { labels, groups: Uint32Array.from(groups), pairs }, answers };
}
