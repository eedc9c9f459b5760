/** @file The SIMD loops against the same arithmetic in plain TypeScript. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { createKernelMemory } from "./kernels.ts";

const float = fc.float({ noNaN: true, min: -1e3, max: 1e3 });
const values = fc.array(float, { minLength: 16, maxLength: 16 });

/** Memory with each array at the next 64-byte address. */
function memoryOf(...arrays: readonly (readonly number[])[]) {
  const memory = createKernelMemory(65_536);
  const views = arrays.map((array, i) => {
    const view = new Float32Array(memory.buffer, 64 * i, 16);
    view.set(array);
    return view;
  });
  return { ...memory, views };
}

test("kernels: sumOfSquares adds in float64", () => {
  fc.assert(
    fc.property(values, (x) => {
      const { kernels } = memoryOf(x);
      const want = x.reduce((sum, value) => sum + value * value, 0);
      expect([kernels.sumOfSquares(0, 64)]).toBeAllclose([want], { rtol: 1e-14 });
    }),
    { numRuns: 50 },
  );
});

test("kernels: sumOfSquares neither overflows nor underflows float32", () => {
  const { kernels } = memoryOf(Array(16).fill(1e30), Array(16).fill(1e-30));
  expect([kernels.sumOfSquares(0, 64)]).toBeAllclose([16e60], { rtol: 1e-6 });
  expect([kernels.sumOfSquares(64, 64)]).toBeAllclose([16e-60], { rtol: 1e-6 });
});

test("kernels: accumulate adds a weighted term, rounding twice to float32", () => {
  fc.assert(
    fc.property(values, values, float, (sum, term, weight) => {
      const { kernels, views } = memoryOf(sum, term);
      kernels.accumulate(0, 64, 64, weight);
      const want = sum.map((value, i) =>
        Math.fround(value + Math.fround(term[i]! * Math.fround(weight))),
      );
      expect([...views[0]!].map((x) => x + 0)).toEqual(want.map((x) => x + 0));
    }),
    { numRuns: 50 },
  );
});

test("kernels: adamw rounds every operation to float32, in PyTorch's order", () => {
  const f = Math.fround;
  const scalars = {
    ...{ scale: 0.3, beta1: 0.9, beta2: 0.999, decay: 0.9999 },
    ...{ stepSize: 0.01, rootCorrection2: 0.1, eps: 1e-8 },
  };
  fc.assert(
    fc.property(values, values, values, values, (p, g, m, v) => {
      const squares = v.map((x) => Math.abs(x));
      const { kernels, views } = memoryOf(p, g, m, squares);
      kernels.adamw([0, 64, 128, 192], 64, scalars);
      for (let i = 0; i < 16; i++) {
        const x = f(g[i]! * f(0.3));
        const mean = f(f(m[i]! * f(0.9)) + f(x * f(1 - 0.9)));
        const square = f(f(squares[i]! * f(0.999)) + f(f(x * f(1 - 0.999)) * x));
        const denominator = f(f(f(Math.sqrt(square)) / f(0.1)) + f(1e-8));
        const value = f(f(p[i]! * f(0.9999)) - f(f(mean * f(0.01)) / denominator));
        expect(views[2]![i]! + 0).toBe(mean + 0);
        expect(views[3]![i]!).toBe(square);
        expect(views[0]![i]! + 0).toBe(value + 0);
      }
    }),
    { numRuns: 50 },
  );
});

test("kernels: a loop touches its own bytes only", () => {
  const { kernels, views } = memoryOf(Array(16).fill(1), Array(16).fill(2), Array(16).fill(3));
  kernels.accumulate(64, 128, 64, 10);
  expect(views.map((view) => [...new Set(view)])).toEqual([[1], [32], [3]]);
});
