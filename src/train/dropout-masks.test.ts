/** @file Masks are a function of seed, step, batch within the step, and site; of nothing else. */
import { expect, test } from "vitest";
import { input } from "../graph/index.ts";
import { DropoutMasks } from "./dropout-masks.ts";

const sites = [
  input("dropout.a", "float32", ["B", "S", 4]),
  input("dropout.b", "float32", ["B", "S", 4]),
  input("dropout.c", "float32", ["B", 3]),
];
const sizes = { B: 5, S: 7 };
const key = { seed: 1, step: 2, microBatch: 0 };

/** Copies of the masks by name. */
/** Masks of all sites at one rate. */
function masksOf(rate: number): DropoutMasks {
  return new DropoutMasks(
    sites,
    sites.map(() => rate),
  );
}

function drawn(masks: DropoutMasks, ...[k, s = sizes]: [typeof key, typeof sizes?]) {
  return Object.fromEntries(
    Object.entries(masks.draw(k, s)).map(([name, { shape, data }]) => {
      return [name, { shape, data: [...data] }];
    }),
  );
}

test("DropoutMasks: a mask for every site, in the shape of the batch", () => {
  const got = drawn(masksOf(0.25), key);
  expect(Object.keys(got)).toEqual(["dropout.a", "dropout.b", "dropout.c"]);
  expect(got["dropout.a"]!.shape).toEqual([5, 7, 4]);
  expect(got["dropout.c"]!.shape).toEqual([5, 3]);
  for (const { shape, data } of Object.values(got)) {
    expect(data).toHaveLength(shape.reduce((product, size) => product * size));
    expect(new Set(data)).toEqual(new Set([0, Math.fround(4 / 3)]));
  }
});

test("DropoutMasks: the same key gives the same masks, whatever was drawn before", () => {
  const masks = masksOf(0.5);
  const first = drawn(masks, key);
  drawn(masks, { ...key, step: 3 }, { B: 90, S: 40 });
  expect(drawn(masks, key)).toEqual(first);
  expect(drawn(masksOf(0.5), key)).toEqual(first);
});

test("DropoutMasks: another seed, step, batch or site has another mask", () => {
  const masks = masksOf(0.5);
  const others = [{ seed: 2 }, { step: 3 }, { microBatch: 1 }].map((change) =>
    drawn(masks, { ...key, ...change }),
  );
  const all = [drawn(masks, key), ...others];
  const texts = all.flatMap((one) => Object.values(one).map(({ data }) => data.join()));
  expect(new Set(texts).size).toBe(12);
});
