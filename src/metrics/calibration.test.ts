import { expect, test } from "vitest";
import { brierScore, expectedCalibrationError, reliabilityBins } from "./calibration.ts";

test("brierScore: worked by hand", () => {
  expect(brierScore([0.8, 0.4], [1, 0])).toBeCloseTo((0.04 + 0.16) / 2, 12);
  expect(brierScore([0.5, 0.5], [1, 0])).toBe(0.25);
  expect(brierScore([1, 0], [1, 0])).toBe(0);
});

test("expectedCalibrationError: worked by hand", () => {
  // bin [0.8, 0.9): mean 0.85, share of ones 1/2; bin [0.1, 0.2): mean 0.1, share 0; 1 in the last
  const scores = [0.8, 0.89, 0.1, 1];
  const want = (2 / 4) * Math.abs(0.845 - 0.5) + (1 / 4) * 0.1 + 0;
  expect(expectedCalibrationError(scores, [1, 0, 0, 1])).toBeCloseTo(want, 12);
});

test("expectedCalibrationError: one bin compares the means alone", () => {
  expect(expectedCalibrationError([0.2, 0.6], [0, 1], 1)).toBeCloseTo(0.1, 12);
});

test("probabilities outside [0, 1] are refused with their index", () => {
  expect(() => brierScore([0.5, 1.5], [0, 1])).toThrow(
    expect.objectContaining({
      details: { expected: "a probability in [0, 1]", got: "1.5", where: "scores[1]" },
    }),
  );
  expect(() => expectedCalibrationError([Number.NaN], [0])).toThrow("bad score");
});

test("reliabilityBins: what the calibration error sums up, empty bins said to be empty", () => {
  const scores = [0.8, 0.89, 0.1, 1];
  const labels = [1, 0, 0, 1];
  const bins = reliabilityBins(scores, labels);
  expect(bins[8]).toEqual({ count: 2, meanScore: 0.845, shareOfOnes: 0.5 });
  expect(bins[0]).toEqual({ count: 0, meanScore: Number.NaN, shareOfOnes: Number.NaN });
  const gaps = bins
    .filter(({ count }) => count > 0)
    .map(({ count, meanScore, shareOfOnes }) => (count / 4) * Math.abs(meanScore - shareOfOnes));
  const sum = gaps.reduce((total, gap) => total + gap, 0);
  expect(sum).toBeCloseTo(expectedCalibrationError(scores, labels), 12);
});
