/** @file Schedules at hand-worked steps. */
import { expect, test } from "vitest";
import { type ScheduleConfig, type ScheduleName, scheduleFactor } from "./schedules.ts";

const at = (name: ScheduleName, steps: readonly number[], config: ScheduleConfig) =>
  steps.map((step) => scheduleFactor(name, step, config));

test("schedules: constant rises to 1 and stays", () => {
  expect(at("constant", [0, 5, 10, 1e6], { warmupSteps: 10 })).toEqual([0, 0.5, 1, 1]);
  expect(at("constant", [0], {})).toEqual([1]);
});

test("schedules: linear rises, falls to 0 at the end and stays there", () => {
  const config = { warmupSteps: 10, totalSteps: 110 };
  expect(at("linear", [0, 1, 10, 60, 110, 200], config)).toEqual([0, 0.1, 1, 0.5, 0, 0]);
  expect(at("linear", [0, 5], { totalSteps: 10 })).toEqual([1, 0.5]);
});

test("schedules: inverse-sqrt is 1 after the warm-up and a half at four times it", () => {
  expect(at("inverse-sqrt", [0, 50, 100, 400], { warmupSteps: 100 })).toEqual([0, 0.5, 1, 0.5]);
  expect(at("inverse-sqrt", [0, 30_000], {})).toEqual([1, 0.5]);
});

test("schedules: t5-inverse-sqrt is 0.01 for 10,000 steps, then 1/sqrt(step)", () => {
  expect(at("t5-inverse-sqrt", [0, 10_000, 40_000], {})).toEqual([0.01, 0.01, 0.005]);
});

test("schedules: linear without its end, negative steps and unknown names are refused", () => {
  expect(() => scheduleFactor("linear", 0, {})).toThrow("totalSteps");
  expect(() => scheduleFactor("constant", 0, { warmupSteps: -1 })).toThrow("warmupSteps");
  expect(() => scheduleFactor("toString" as ScheduleName, 0, {})).toThrow("unknown");
});
