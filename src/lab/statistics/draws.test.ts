import { expect, test } from "vitest";
import { holm } from "../../metrics/index.ts";
import { differences, mcnemarOfSeeds } from "./compare.ts";
import { type Drawn, type Estimate, estimateOf, meanOf, trainingChance } from "./draws.ts";
import { type Figures, figuresOf } from "./figures.ts";
import { drawGroups } from "./resamples.ts";
import { simulate, type World } from "./simulation.test-data.ts";
import { studentCdf } from "./student.ts";

const names = ["f1", "rocAuc"] as const;
type Name = (typeof names)[number];

/** `figures[adaptation][seed]` of one simulated data set. */
function figuresFor(world: World, seed: number, numResamples: number): Figures[][] {
  const { slice, answers } = simulate(world, seed);
  const resamples = drawGroups(world.numGroups, numResamples, seed);
  return answers.map((seeds) => seeds.map((one) => figuresOf(slice, one, resamples)));
}

const pick = (of: readonly Figures[], name: Name): Drawn[] => of.map((one) => one[name]);

/** The normal distribution function: Student's with so many degrees that it makes no odds. */
const normalCdf = (x: number) => studentCdf(x, 20_000);

/**
 * What figures are in the long run, over groups and seeds, for each strength. Logits are normal with variance v about
 * half the strength to either side; labels are balanced, so that F1 at 0.5 is the recall.
 */
function truthOf({ strengths, groupSpread, seedSpread }: World, name: Name): number[] {
  const variance = groupSpread ** 2 + 1;
  const width = Math.sqrt((name === "f1" ? 4 : 2) * variance + seedSpread ** 2);
  return strengths.map((strength) => normalCdf(strength / width));
}

interface Coverage {
  /** Share of simulated data sets whose intervals hold the truth: of F1, AUC, and their lifts. */
  readonly whole: readonly number[];
  /** The same of the intervals without training's chance. */
  readonly groupsOnly: readonly number[];
}

function coverageOf(world: World, numSets: number): Coverage {
  const truths = names.map((name) => truthOf(world, name));
  const whole = [0, 0, 0, 0];
  const groupsOnly = [0, 0, 0, 0];
  const count = (place: number, { low, high, groupsOnly: narrow }: Estimate, truth: number) => {
    if (low <= truth && truth <= high) whole[place]! += 1 / numSets;
    if (narrow.low <= truth && truth <= narrow.high) groupsOnly[place]! += 1 / numSets;
  };
  for (let set = 0; set < numSets; set++) {
    const [general, security] = figuresFor(world, set, 300) as [Figures[], Figures[]];
    for (const [i, name] of names.entries()) {
      const [low, high] = truths[i] as [number, number];
      const gaps = differences(pick(security, name), pick(general, name));
      count(i, estimateOf(pick(security, name), set), high);
      count(i + 2, estimateOf(gaps, set), high - low);
    }
  }
  return { whole, groupsOnly };
}

const average = (shares: readonly number[]) =>
  shares.reduce((sum, share) => sum + share / shares.length, 0);

const world: World = {
  ...{ numGroups: 60, strengths: [1, 1.3], groupSpread: 0.7, seedSpread: 0, numSeeds: 1 },
};

test("estimateOf: 95 % intervals of F1, AUC and their lifts hold the truth in 93 to 97 of 100 data sets", () => {
  for (const share of coverageOf(world, 500).whole) {
    expect(share).toBeGreaterThanOrEqual(0.93);
    expect(share).toBeLessThanOrEqual(0.97);
  }
}, 300_000);

test("estimateOf: with three seeds that differ, only the interval with training's chance is honest", () => {
  const varied = { ...world, numGroups: 50, numSeeds: 3, seedSpread: 0.4 };
  const { whole, groupsOnly } = coverageOf(varied, 80);
  expect(average(whole)).toBeGreaterThanOrEqual(0.88);
  expect(average(groupsOnly)).toBeLessThan(0.75);
}, 300_000);

test("estimateOf: a planted lift is found in seven languages, a planted null in none", () => {
  const lifts = (strengths: readonly [number, number]) =>
    Array.from({ length: 7 }, (_, language) => {
      const large = { ...world, numGroups: 150, strengths, numSeeds: 3, seedSpread: 0.05 };
      const [general, security] = figuresFor(large, language, 400) as [Figures[], Figures[]];
      return differences(pick(security, "f1"), pick(general, "f1"));
    });
  const judged = (all: readonly (readonly Drawn[])[]) => {
    const chance = trainingChance(all);
    return holm(all.map((gaps, i) => estimateOf(gaps, i, chance).pValue));
  };
  const planted = lifts([0.8, 1.8]);
  expect(judged(planted).filter((p) => p < 0.05)).toHaveLength(7);
  const none = lifts([1.2, 1.2]);
  expect(judged(none).filter((p) => p < 0.05)).toHaveLength(0);
  const macro = [0, 1, 2].map((seed) => meanOf(none.map((gaps) => gaps[seed]!)));
  const { low, high } = estimateOf(macro, 1);
  expect(low).toBeLessThan(0);
  expect(high).toBeGreaterThan(0);
}, 300_000);

test("estimateOf: a figure mostly undefined in resamples has no interval", () => {
  const draws = Float64Array.from({ length: 20 }, (_, i) => (i < 4 ? Number.NaN : 1));
  expect(estimateOf([{ value: 1, draws }], 1)).toMatchObject({
    low: Number.NaN,
    pValue: Number.NaN,
  });
});

test("differences: a side with one seed stands against all of the other", () => {
  const drawn = (value: number): Drawn => ({ value, draws: Float64Array.of(value) });
  const gaps = differences([drawn(3), drawn(5)], [drawn(1)]);
  expect(gaps.map(({ value }) => value)).toEqual([2, 4]);
});

test("mcnemarOfSeeds: seeds vote, each sample counts once", () => {
  const slice = { labels: [1, 1, 0, 0], groups: new Uint32Array(4), pairs: [] };
  const says = (...scores: number[]) => {
    return { scores, threshold: 0.5, strictThreshold: 0.9, temperature: 1 };
  };
  const first = [says(1, 1, 0, 0), says(1, 0, 0, 0), says(1, 1, 1, 0)];
  const second = [says(0, 0, 0, 1)];
  expect(mcnemarOfSeeds(slice, first, second)).toMatchObject({ onlyFirst: 3, onlySecond: 0 });
});
