import { expect, test } from "vitest";
import { Random } from "../base/index.ts";
import { expectedCalibrationError } from "./calibration.ts";
import { atTemperature, fitTemperature } from "./temperature.ts";

test("atTemperature: 1 changes nothing, 2 halves the logit, 0 and 1 stay finite", () => {
  expect(atTemperature(0.8, 1)).toBeCloseTo(0.8, 12);
  expect(atTemperature(0.8, 2)).toBeCloseTo(1 / (1 + Math.exp(-Math.log(4) / 2)), 12);
  expect(atTemperature(1, 3)).toBeLessThan(1);
  expect(atTemperature(0, 3)).toBeGreaterThan(0);
});

test("fitTemperature: worked by hand: three of four right at 0.9 are best called 0.75", () => {
  // sigmoid(ln 9 / T) = 3/4, so T = ln 9 / ln 3 = 2
  expect(fitTemperature([0.9, 0.9, 0.9, 0.9], [1, 1, 1, 0])).toBeCloseTo(2, 9);
});

test("fitTemperature: finds the factor by which scores are too sure", () => {
  const random = new Random(5);
  const honest = Array.from({ length: 20_000 }, () => 1 / (1 + Math.exp(-random.normal())));
  const labels = honest.map((p) => (random.uniform() < p ? 1 : 0));
  const tooSure = honest.map((p) => atTemperature(p, 1 / 3));
  const temperature = fitTemperature(tooSure, labels);
  expect(temperature).toBeGreaterThan(2.8);
  expect(temperature).toBeLessThan(3.2);
  const mended = tooSure.map((p) => atTemperature(p, temperature));
  expect(expectedCalibrationError(mended, labels)).toBeLessThan(0.02);
  expect(expectedCalibrationError(tooSure, labels)).toBeGreaterThan(0.1);
});

test("fitTemperature: perfect and worthless scores end at the ends of the range", () => {
  expect(fitTemperature([0.9, 0.1], [1, 0])).toBeCloseTo(0.05, 6);
  expect(fitTemperature([0.9, 0.1], [0, 1])).toBeCloseTo(20, 6);
});
