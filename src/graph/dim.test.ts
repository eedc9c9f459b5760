/** @file Arithmetic of dimensions: canonical texts that mean what they say for every size. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Dim } from "../onnx/index.ts";
import {
  addDims,
  broadcastShapes,
  divideDims,
  formatShape,
  isFixed,
  multiplyDims,
  sameShape,
  sizeOfShape,
} from "./dim.ts";

type Sizes = Readonly<Record<string, number>>;

/** The number a dimension stands for. */
function numberOf(dim: Dim, sizes: Sizes): number {
  const factorOf = (factor: string) => sizes[factor] ?? Number(factor);
  return String(dim)
    .split("+")
    .map((term) => term.split("*").reduce((product, factor) => product * factorOf(factor), 1))
    .reduce((sum, term) => sum + term, 0);
}

const names = ["B", "S", "P", "past_length"] as const;
const sizes = fc.record(Object.fromEntries(names.map((name) => [name, fc.nat(9)])));
const atom: fc.Arbitrary<Dim> = fc.oneof(
  fc.integer({ min: -5, max: 9 }),
  fc.constantFrom(...names),
);
/** Sums of products, built by the functions under test. */
const dim: fc.Arbitrary<Dim> = fc
  .array(fc.array(atom, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 })
  .map((terms) => addDims(...terms.map((factors) => multiplyDims(...factors))));

describe("addDims and multiplyDims", () => {
  test("mean sum and product, whatever the sizes", () => {
    fc.assert(
      fc.property(dim, dim, sizes, (a, b, given) => {
        const [x, y] = [numberOf(a, given), numberOf(b, given)];
        expect(numberOf(addDims(a, b), given)).toBe(x + y);
        expect(numberOf(multiplyDims(a, b), given) + 0).toBe(x * y + 0);
      }),
    );
  });

  test("equal dimensions are equal texts: order and grouping do not show", () => {
    fc.assert(
      fc.property(dim, dim, dim, (a, b, c) => {
        expect(addDims(a, b, c)).toBe(addDims(c, addDims(b, a)));
        expect(multiplyDims(a, b, c)).toBe(multiplyDims(multiplyDims(c, a), b));
        expect(multiplyDims(a, addDims(b, c))).toBe(
          addDims(multiplyDims(a, b), multiplyDims(a, c)),
        );
      }),
    );
  });

  test("a number comes out when no name is left", () => {
    expect(addDims("P", 1, multiplyDims(-1, "P"))).toBe(1);
    expect(multiplyDims("B", 0)).toBe(0);
    expect(addDims()).toBe(0);
    expect(multiplyDims()).toBe(1);
  });

  test.each<[Dim, Dim]>([
    [multiplyDims("S", 2, "B"), "2*B*S"],
    [addDims("P", 1), "P+1"],
    [addDims("P+1", -1), "P"],
    [addDims("S", "B", "S", 3), "B+2*S+3"],
    [multiplyDims("B+1", "B"), "B+B*B"],
    [addDims("S*2*B"), "2*B*S"],
  ])("%s is %s", (got, want) => {
    expect(got).toBe(want);
  });
});

describe("divideDims", () => {
  test("undoes a product", () => {
    fc.assert(
      fc.property(dim, dim, (a, b) => {
        fc.pre(b !== 0);
        expect(divideDims(multiplyDims(a, b), b)).toBe(a);
      }),
    );
  });

  test.each<[Dim, Dim, Dim | undefined]>([
    [12, 4, 3],
    [12, 5, undefined],
    [0, 3, 0],
    [3, 0, undefined],
    ["2*B*S", "B", "2*S"],
    ["B", "S", undefined],
    ["B", 2, undefined],
    ["2*B", 4, undefined],
    ["B*S+B", "S+1", "B"],
    ["B+1", "B", undefined],
  ])("%s by %s is %s", (a, b, want) => {
    expect(divideDims(a, b)).toBe(want);
  });
});

describe("broadcastShapes", () => {
  const shape = fc.array(fc.constantFrom<Dim>(1, 1, 2, 3, "B", "S"), { maxLength: 4 });

  test("is symmetric, keeps a shape beside itself and a scalar", () => {
    fc.assert(
      fc.property(shape, shape, (a, b) => {
        expect(broadcastShapes(a, b)).toEqual(broadcastShapes(b, a));
        expect(broadcastShapes(a, a)).toEqual(a);
        expect(broadcastShapes(a, [])).toEqual(a);
      }),
    );
  });

  test("every axis is that of both, or of the one that is not 1", () => {
    fc.assert(
      fc.property(shape, shape, (a, b) => {
        const result = broadcastShapes(a, b);
        const rank = Math.max(a.length, b.length);
        const axis = (s: readonly Dim[], i: number) => s[i - rank + s.length] ?? 1;
        const fits = Array.from({ length: rank }, (_, i) => [axis(a, i), axis(b, i)] as const);
        const isFitting = fits.every(([x, y]) => x === y || x === 1 || y === 1);
        expect(result).toEqual(isFitting ? fits.map(([x, y]) => (x === 1 ? y : x)) : undefined);
      }),
    );
  });

  test("two names never fit: their sizes are known only at run time", () => {
    expect(broadcastShapes(["B"], ["S"])).toBeUndefined();
    expect(broadcastShapes(["B"], [4])).toBeUndefined();
  });
});

test("shapes: printed, compared, counted", () => {
  expect(formatShape(["B", "S", 256])).toBe("[B, S, 256]");
  expect(formatShape([])).toBe("[]");
  expect(sameShape(["B", 2], ["B", 2])).toBe(true);
  expect(sameShape(["B", 2], ["B"])).toBe(false);
  expect(sizeOfShape(["B", 2, "B", 3])).toBe("6*B*B");
  expect([isFixed(3), isFixed("B")]).toEqual([true, false]);
});
