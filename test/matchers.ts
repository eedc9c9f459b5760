/** @file `toBeAllclose`, NumPy's closeness test, printing the worst index and both values. */
import { expect } from "vitest";

interface Tolerance {
  readonly rtol?: number;
  readonly atol?: number;
}

interface Worst {
  readonly index: number;
  readonly excess: number;
}

function worstElement(got: ArrayLike<number>, want: ArrayLike<number>, t: Tolerance): Worst {
  let worst: Worst = { index: -1, excess: 0 };
  for (let i = 0; i < want.length; i++) {
    const g = got[i]!;
    const w = want[i]!;
    if (Object.is(g, w)) continue;
    const gap = Math.abs(g - w) - ((t.atol ?? 0) + (t.rtol ?? 0) * Math.abs(w));
    const excess = Number.isNaN(gap) ? Number.POSITIVE_INFINITY : gap;
    if (excess > worst.excess) worst = { index: i, excess };
  }
  return worst;
}

expect.extend({
  toBeAllclose(got: ArrayLike<number>, want: ArrayLike<number>, tolerance: Tolerance = {}) {
    if (got.length !== want.length) {
      return { pass: false, message: () => `length ${got.length} instead of ${want.length}` };
    }
    const { index, excess } = worstElement(got, want, tolerance);
    return {
      pass: index < 0,
      message: () =>
        `worst at [${index}]: got ${got[index]}, want ${want[index]}, beyond tolerance by ${excess}`,
    };
  },
});

declare module "vitest" {
  // biome-ignore lint/suspicious/noExplicitAny: the signature vitest declares
  interface Matchers<T = any> {
    toBeAllclose(want: ArrayLike<number>, tolerance?: Tolerance): T;
  }
}
