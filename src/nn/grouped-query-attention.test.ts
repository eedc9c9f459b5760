/** @file Grouped queries against ordinary attention with repeated keys, and the causal mask with a window. */
import { expect, test } from "vitest";
import { buildGraph, constant, type Value } from "../graph/index.ts";
import { compile } from "../runtime/index.ts";
import { attend } from "./attention.ts";
import {
  attendInGroups,
  causalPaddingMask,
  groupQueries,
  noDropout,
  projectHeads,
  splitHeads,
} from "./index.ts";

async function evaluate(y: Value) {
  const session = await compile(buildGraph({ name: "attention", inputs: [], outputs: { y } }));
  const outputs = await session.run({});
  await session.release();
  return outputs.y!;
}

const waves = (shape: readonly number[], phase: number) => {
  const size = shape.reduce((product, dim) => product * dim, 1);
  return constant(
    Float32Array.from({ length: size }, (_, i) => Math.sin(1.7 * i + phase)),
    shape,
  );
};
const unit = (size: number) => {
  const data = Float32Array.from({ length: size * size }, (_, i) => Number(i % (size + 1) === 0));
  return constant(data, [size, size]);
};

test("attendInGroups: as if every query head had keys of its own, those of its group", async () => {
  const heads = { numHeads: 6, numKeyValueHeads: 2, headDim: 3 };
  const [query, key, value] = [waves([2, 4, 18], 0), waves([2, 5, 6], 1), waves([2, 5, 6], 2)];
  const bias = waves([2, 1, 1, 4, 5], 3);
  const projected = {
    query: groupQueries(query, heads),
    key: splitHeads(key, heads),
    value: splitHeads(value, heads),
  };
  const got = await evaluate(
    attendInGroups(projected, bias, { scale: 0.4, dropout: noDropout, site: "x" }),
  );
  expect(got.shape).toEqual([2, 4, 18]);
  // head h of six reads key head floor(h / 3): columns of keys repeated thrice
  const repeated = (x: Value) => {
    const data = x.data as Float32Array;
    const rows = Array.from({ length: 10 }, (_, row) =>
      Array.from({ length: 18 }, (_, c) => data[row * 6 + 3 * Math.floor(c / 9) + (c % 3)]!),
    );
    return constant(Float32Array.from(rows.flat()), [2, 5, 18]);
  };
  const whole = { numHeads: 6, dKv: 3 };
  const [q, k, v] = [query, repeated(key), repeated(value)].map((x) => {
    return projectHeads(x, unit(18), whole);
  }) as [Value, Value, Value];
  const flatBias = constant(bias.data!, [2, 1, 4, 5]);
  const wanted = await evaluate(attend(q, k, v, flatBias, noDropout, "x", 0.4));
  expect(got.data).toBeAllclose(wanted.data as Float32Array, { atol: 1e-6 });
});

const visible = async (mask: Value) =>
  Array.from((await evaluate(mask)).data as Float32Array, (x) => Number(x === 0));

test("causalPaddingMask: keys up to the query, of the window, that are tokens", async () => {
  const attentionMask = constant(Int32Array.of(1, 1, 1, 1, 0, 1, 1, 1), [2, 4]);
  const positions = constant(BigInt64Array.of(0n, 1n, 2n, 3n), [4]);
  expect(await visible(causalPaddingMask(positions, attentionMask, undefined))).toEqual(
    [
      [1, 0, 0, 0, 1, 1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 1],
      [0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0, 1, 1, 1],
    ].flat(),
  );
  expect(await visible(causalPaddingMask(positions, attentionMask, 2))).toEqual(
    [
      [1, 0, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 1, 1],
      [0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0, 0, 1, 1],
    ].flat(),
  );
});

test("causalPaddingMask: each row may number its own positions", async () => {
  const attentionMask = constant(Int32Array.of(0, 0, 1, 1, 1, 1), [2, 3]);
  const positions = constant(BigInt64Array.of(0n, 0n, 0n, 0n, 1n, 2n), [2, 3]);
  const mask = await evaluate(causalPaddingMask(positions, attentionMask, 2));
  expect(mask.shape).toEqual([2, 1, 1, 3, 3]);
  const last = Array.from(mask.data as Float32Array, (x) => Number(x === 0)).slice(6, 9);
  expect(last).toEqual([0, 0, 1]);
});
