/** @file Norm, clipping and accumulation on small stores. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { accumulateGradients, clipFactor, globalNorm, measureGradients } from "./gradient-norm.ts";
import { createParameterStore, viewsOf } from "./parameter-store.ts";

const specs = [
  { name: "a", shape: [3, 5] },
  { name: "b", shape: [40] },
];

test("global norm: equals the norm of all values together, in one memory or several", () => {
  const gradients = fc.array(fc.float({ noNaN: true, min: -1e6, max: 1e6 }), {
    minLength: 55,
    maxLength: 55,
  });
  fc.assert(
    fc.property(gradients, (values) => {
      const norms = [undefined, 48].map((capacity) => {
        const store = createParameterStore(specs, capacity);
        store.gradients.get("a")!.data.set(values.slice(0, 15));
        store.gradients.get("b")!.data.set(values.slice(15));
        return globalNorm(store);
      });
      const want = Math.hypot(...values);
      expect(norms).toBeAllclose([want, want], { rtol: 1e-12 });
    }),
    { numRuns: 50 },
  );
});

test("clip factor: as clip_grad_norm_, never above 1", () => {
  expect(clipFactor(0.5, 1)).toBe(1);
  expect(clipFactor(0, 1)).toBe(1);
  expect(clipFactor(4, 1)).toBe(1 / 4.000001);
  expect(clipFactor(Number.NaN, 1)).toBeNaN();
});

test("measure: averages what was accumulated, then clips", () => {
  const store = createParameterStore(specs);
  for (const [index, value] of [3, 5].entries()) {
    store.gradients.get("b")!.data.fill(0).set([value]);
    accumulateGradients(store, index === 0);
  }
  const options = { source: "accumulated", accumulation: 2 } as const;
  expect(measureGradients(store, options)).toEqual({ norm: 4, gradientScale: 0.5, isFinite: true });
  const { gradientScale } = measureGradients(store, { ...options, maxNorm: 1 });
  expect(gradientScale).toBe(0.5 / 4.000001);
});

test("accumulation: the first batch replaces what was there, weights apply", () => {
  const store = createParameterStore(specs);
  const sum = viewsOf(store.parameters, "accumulated").get("a")!.data;
  store.gradients.get("a")!.data.fill(Number.NaN);
  accumulateGradients(store, true);
  store.gradients.get("a")!.data.fill(2);
  accumulateGradients(store, true, 0.25);
  accumulateGradients(store, false, 0.75);
  expect([...new Set(sum)]).toEqual([2]);
});

test.each([Number.NaN, Number.POSITIVE_INFINITY])(
  "measure: a gradient of %d is reported",
  (bad) => {
    const store = createParameterStore(specs);
    store.gradients.get("b")!.data[39] = bad;
    expect(measureGradients(store, { maxNorm: 1 }).isFinite).toBe(false);
  },
);
