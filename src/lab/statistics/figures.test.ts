import { expect, test } from "vitest";
import { Random } from "../../base/index.ts";
import {
  averagePrecision,
  binaryScores,
  brierScore,
  macroScores,
  matthewsCorrelation,
  missRate,
  pairOutcomes,
  rocAuc,
} from "../../metrics/index.ts";
import { figureNames, figuresOf, type Slice } from "./figures.ts";
import { drawGroups } from "./resamples.ts";
import { simulate } from "./simulation.test-data.ts";

const world = {
  ...{ numGroups: 12, strengths: [1], groupSpread: 0.5, seedSpread: 0.2, numSeeds: 1 },
};
const { slice, answers } = simulate(world, 3);
const rounded = {
  ...answers[0]![0]!,
  scores: answers[0]![0]!.scores.map((s) => Math.round(s * 9) / 9),
};

/** The metrics of chosen samples, each computed by its own function. */
function reference({ labels, pairs }: Slice, chosen: readonly number[]): number[] {
  const of = <T>(list: readonly T[]) => chosen.map((i) => list[i]!);
  const [y, scores] = [of(labels), of(rounded.scores)];
  const predicted = scores.map((score) => (score >= rounded.threshold ? 1 : 0));
  const { f1, precision, recall } = binaryScores(predicted, y);
  const times = (i: number) => chosen.filter((one) => one === i).length;
  const all = rounded.scores.map((score) => (score >= rounded.threshold ? 1 : 0));
  const places = pairs.flatMap((pair) => new Array(times(pair.safe)).fill(pair));
  const outcomes = pairOutcomes(places, all);
  return [
    ...[f1, macroScores(predicted, y).f1, precision, recall, matthewsCorrelation(predicted, y)],
    ...[rocAuc(scores, y), averagePrecision(scores, y), brierScore(scores, y)],
    ...[outcomes.correct / outcomes.total, outcomes.reversed / outcomes.total],
    missRate(scores, y, rounded.strictThreshold),
  ];
}

test("figuresOf: each figure equals its metric, as it is and in every resample", () => {
  const resamples = drawGroups(world.numGroups, 25, 1);
  const figures = figuresOf(slice, rounded, resamples);
  const everything = slice.labels.map((_, i) => i);
  const values = figureNames.map((name) => figures[name].value);
  expect(values).toBeAllclose(reference(slice, everything), { rtol: 1e-12 });
  for (let draw = 0; draw < 25; draw++) {
    const countOf = (i: number) => resamples.counts[draw * world.numGroups + slice.groups[i]!]!;
    const chosen = everything.flatMap((i) => new Array<number>(countOf(i)).fill(i));
    const drawn = figureNames.map((name) => figures[name].draws[draw]!);
    expect(drawn).toBeAllclose(reference(slice, chosen), { rtol: 1e-12 });
  }
});

test("drawGroups: n - 1 groups a resample, the same for the same seed", () => {
  const { counts } = drawGroups(7, 3, 5);
  const sums = [0, 1, 2].map((draw) =>
    counts.subarray(7 * draw, 7 * draw + 7).reduce((sum, count) => sum + count, 0),
  );
  expect(sums).toEqual([6, 6, 6]);
  expect(drawGroups(7, 3, 5).counts).toEqual(counts);
  expect(() => drawGroups(0, 3, 5)).toThrow("cannot resample");
});

test("figuresOf: a slice without any pair has no share of pairs, one class no area", () => {
  const random = new Random(1);
  const scores = Array.from({ length: 6 }, () => random.uniform());
  const one = { labels: [1, 1, 1, 1, 1, 1], groups: Uint32Array.of(0, 0, 1, 1, 2, 2), pairs: [] };
  const settings = { threshold: 0.5, strictThreshold: 0.9, temperature: 1 };
  const { pairsCorrect, rocAuc: area } = figuresOf(
    one,
    { scores, ...settings },
    drawGroups(3, 5, 1),
  );
  expect(pairsCorrect.value).toBeNaN();
  expect(area.value).toBeNaN();
});
