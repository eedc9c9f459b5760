import { expect, test } from "vitest";
import { isBetter, type Metric, metrics } from "./table.ts";

const rows = Object.entries(metrics) as [string, Metric][];

/** A perfect answer to a small question of the kind that the metric compares. */
function perfect(metric: Metric): number {
  const labels = [0, 1, 1, 0];
  return metric.compares === "texts"
    ? metric.compute(["a b c d", "e f g h"], ["a b c d", "e f g h"])
    : metric.compute(labels, labels);
}

test.each(rows)("metrics: a perfect answer gets the best value of %s", (_, metric) => {
  const [lowest, highest] = metric.range;
  expect(perfect(metric)).toBeCloseTo(metric.direction === "higher" ? highest : lowest, 10);
});

test.each(rows)("metrics: a wrong answer is worse by the direction of %s", (_, metric) => {
  const wrong =
    metric.compares === "texts"
      ? metric.compute(["a b x y", ""], ["a b c d", "e f g h"])
      : metric.compute([1, 0, 1, 0], [0, 1, 1, 0]);
  expect(isBetter(metric.direction, perfect(metric), wrong)).toBe(true);
  expect(wrong).toBeGreaterThanOrEqual(metric.range[0]);
  expect(wrong).toBeLessThanOrEqual(metric.range[1]);
});

test("metrics: BLEU of a model that predicts nothing yet is 0", () => {
  expect(metrics.bleu.compute(["", " "], ["a", "b"])).toBe(0);
  expect(metrics.bleuPlusExactMatch.compute(["", " "], ["a", "b"])).toBe(0);
});

test("isBetter: equal is not better, NaN never is, anything beats nothing", () => {
  expect(isBetter("higher", 1, 1)).toBe(false);
  expect(isBetter("lower", 0.5, 1)).toBe(true);
  expect(isBetter("higher", Number.NaN, undefined)).toBe(false);
  expect(isBetter("higher", -1, undefined)).toBe(true);
  expect(isBetter("lower", 3, Number.NaN)).toBe(true);
});
