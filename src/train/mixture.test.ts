import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { mixtureSource, samplingProbabilities } from "./mixture.ts";
import type { TrainingSource, TrainingStep } from "./source.ts";

/** A source whose steps tell where they come from. */
function toySource(numSteps: number): TrainingSource {
  const step = (epoch: number, index: number) =>
    ({
      head: "generation",
      objective: "loss",
      batches: [],
      numTokens: 1e6 * epoch + index,
    }) as TrainingStep;
  return { numSteps: () => numSteps, step };
}

const parts = [
  { name: "large", size: 900, source: toySource(90) },
  { name: "small", size: 100, source: toySource(10) },
];
const none = new Set<string>();

describe("mixture", () => {
  test("mixture: probabilities are the shares to the power of the exponent", () => {
    expect(samplingProbabilities([900, 100], 1)).toEqual([0.9, 0.1]);
    const [a, b] = samplingProbabilities([900, 100], 0.5) as [number, number];
    expect(a / b).toBeCloseTo(3, 12);
    expect(a + b).toBeCloseTo(1, 12);
  });

  test("mixture: a step is a pure function of epoch and index, and every pass comes in order", () => {
    const mixed = mixtureSource(parts, { exponent: 0.7, seed: 5 });
    const again = mixtureSource(parts, { exponent: 0.7, seed: 5 });
    const seen: Record<string, number[]> = { large: [], small: [] };
    for (let index = 0; index < mixed.numSteps(0); index++) {
      const { objective, numTokens } = mixed.step(0, index, none);
      seen[objective]!.push(numTokens);
    }
    for (const index of [71, 3, 99]) {
      expect(again.step(0, index, none)).toEqual(mixed.step(0, index, none));
    }
    const share = seen.small!.length / 100;
    expect(share).toBeGreaterThan(0.08);
    expect(share).toBeLessThan(0.3);
    for (const [name, steps] of Object.entries(seen)) {
      const length = name === "large" ? 90 : 10;
      expect(steps).toEqual(steps.map((_, i) => 1e6 * Math.floor(i / length) + (i % length)));
    }
  });

  test("mixture: an exhausted task is drawn no more; with all exhausted any may come", () => {
    const mixed = mixtureSource(parts, { exponent: 0.7, seed: 5 });
    for (let index = 0; index < 100; index++) {
      expect(mixed.step(0, index, new Set(["large"])).objective).toBe("small");
    }
    expect(mixed.step(0, 0, new Set(["large", "small"])).objective).toMatch(/large|small/);
  });
});

const golden = resolve(
  import.meta.dirname,
  "../../../shared/goldens/metrics/multitask_sampling.json",
);

test.runIf(existsSync(golden))(
  "mixture: the authors' probabilities over their twelve data sets",
  () => {
    const { counts, probs, alpha } = JSON.parse(readFileSync(golden, "utf8"));
    const found = samplingProbabilities(Object.values(counts), alpha);
    Object.values(probs).forEach((want, i) => {
      expect(found[i]).toBeCloseTo(want as number, 12);
    });
  },
);
