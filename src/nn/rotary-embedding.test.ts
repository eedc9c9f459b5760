/** @file Rotary embeddings: angles worked out by hand, and what rotation must keep. */
import { expect, test } from "vitest";
import { buildGraph, constant, type Value } from "../graph/index.ts";
import { compile } from "../runtime/index.ts";
import { type RotaryScaling, rotaryFrequencies, rotate, rotationAt } from "./index.ts";

async function evaluate(y: Value): Promise<number[]> {
  const session = await compile(buildGraph({ name: "rotary", inputs: [], outputs: { y } }));
  const outputs = await session.run({});
  await session.release();
  return Array.from(outputs.y!.data as Float32Array);
}

test("rotaryFrequencies: a geometric progression from 1 to nearly 1/theta", () => {
  // 10000^0, 10000^-¼, 10000^-½, 10000^-¾
  const wanted = [1, 0.1, 0.01, 0.001];
  expect(rotaryFrequencies(8, 10000, { kind: "none" })).toBeAllclose(wanted, { rtol: 1e-6 });
});

test("rotaryFrequencies: linear scaling divides every position", () => {
  const scaling = { kind: "linear", factor: 4 } as const;
  const wanted = [0.25, 0.025, 0.0025, 0.00025];
  expect(rotaryFrequencies(8, 10000, scaling)).toBeAllclose(wanted, { rtol: 1e-6 });
});

const llama31: RotaryScaling = {
  kind: "llama3",
  factor: 8,
  lowFreqFactor: 1,
  highFreqFactor: 4,
  originalMaxPositionEmbeddings: 8192,
};

/**
 * Llama 3.1 8B: heads of 128, theta 500,000, so pair i turns by 500000^(-i/64). 8192 tokens hold
 * 8192 f / 2π turns: above 4 the pair is kept, below 1 it is slowed eightfold, between blended by
 * s = (turns - 1) / 3: f s + f/8 (1 - s).
 *   i = 0:  f = 1                                        1303.80 turns: kept
 *   i = 16: f = 500000^-¼ = 1/26.591479 = 0.037606031      49.03 turns: kept
 *   i = 28: f = 500000^-0.4375 = 0.0032114460               4.1871 turns: kept
 *   i = 32: f = 500000^-½ = 0.0014142136                    1.84385 turns: s = 0.281283,
 *           0.0014142136 (0.281283 + 0.718717/8) = 0.00052484616
 *   i = 35: f = 500000^-0.546875 = 0.00076449699            0.99675 turns: slowed, 0.000095562124
 *   i = 63: f = 500000^-0.984375 = 2.4551408e-6             0.0032 turns: slowed, 3.068926e-7
 */
const byHand: readonly (readonly [pair: number, radians: number])[] = [
  [0, 1],
  [16, 0.037606031],
  [28, 0.003211446],
  [32, 0.00052484616],
  [35, 0.000095562124],
  [63, 3.068926e-7],
];

test.each(byHand)("rotaryFrequencies: Llama 3.1's pair %i turns by %f a token", (pair, radians) => {
  const got = rotaryFrequencies(128, 500000, llama31)[pair]!;
  expect(Math.abs(got / radians - 1)).toBeLessThan(1e-6);
});

test("rotate: pair (i, i + K/2) turns by its angle times the position", async () => {
  // one head of 4: frequencies 1 and 1/10; position 3 turns by 3 and 0.3 radians
  const x = constant(Float32Array.of(1, 2, 3, 4), [1, 1, 1, 4]);
  const positions = constant(BigInt64Array.of(3n), [1]);
  const [got, { cos, sin }] = [
    await evaluate(rotate(x, rotationAt(positions, Float32Array.of(1, 0.1)))),
    Math,
  ];
  const wanted = [
    cos(3) - 3 * sin(3),
    2 * cos(0.3) - 4 * sin(0.3),
    3 * cos(3) + sin(3),
    4 * cos(0.3) + 2 * sin(0.3),
  ];
  expect(got).toBeAllclose(wanted, { atol: 1e-6 });
});

test("rotate: each row of a batch has its own positions, for every head", async () => {
  const frequencies = Float32Array.of(0.7, 0.05);
  const data = Float32Array.from({ length: 2 * 3 * 2 * 4 }, (_, i) => Math.sin(1.3 * i));
  const x = constant(data, [2, 3, 2, 4]); // [B, heads, S, K]
  const positions = constant(BigInt64Array.of(0n, 1n, 5n, 6n), [2, 2]);
  const together = await evaluate(rotate(x, rotationAt(positions, frequencies)));
  const alone = await evaluate(
    rotate(
      constant(data.slice(24), [1, 3, 2, 4]),
      rotationAt(constant(BigInt64Array.of(5n, 6n), [2]), frequencies),
    ),
  );
  expect(together.slice(24)).toBeAllclose(alone, { atol: 1e-6 });
});

test("rotate: a score depends on how far apart query and key are, and on nothing else", async () => {
  const frequencies = rotaryFrequencies(8, 100, { kind: "none" });
  const at = async (phase: number, position: bigint) => {
    const data = Float32Array.from({ length: 8 }, (_, i) => Math.cos(phase * i + 1));
    const positions = constant(BigInt64Array.of(position), [1]);
    return evaluate(rotate(constant(data, [1, 1, 1, 8]), rotationAt(positions, frequencies)));
  };
  const score = async (query: bigint, key: bigint) => {
    const [q, k] = [await at(0.9, query), await at(2.1, key)];
    return q.reduce((sum, x, i) => sum + x * k[i]!, 0);
  };
  const near = await score(7n, 4n);
  expect(await score(40n, 37n)).toBeCloseTo(near, 4);
  expect(Math.abs((await score(40n, 30n)) - near)).toBeGreaterThan(0.05);
});
