/** @file The training step: dropout's masks as inputs, frozen parameters, sums that accumulate. */
import { describe, expect, test } from "vitest";
import { bindShape } from "../../test/nd.ts";
import { toyModel } from "../../test/toy-model.ts";
import { type NdArray, Random, sizeOf } from "../base/index.ts";
import { Dropout, noDropout } from "../nn/index.ts";
import { compile } from "../runtime/index.ts";
import { gradientName, stepGraph } from "./step-graph.ts";

const model = toyModel({ num_layers: 1, num_decoder_layers: 1 });
const { architecture } = model;
const source = [
  [5, 9, 17, 2],
  [40, 6, 2],
];
const labels = [
  [7, 8, 2],
  [30, 31, 2],
];
const { arrays } = architecture.collate({ inputIds: source, labels });
const feeds = { ...Object.fromEntries(model.weights), ...arrays };

type Arrays = Readonly<Record<string, NdArray>>;

/** Masks for a step, each element drawn by `draw`. */
function masksBy(masks: ReturnType<typeof stepGraph>["masks"], draw: () => number): Arrays {
  const sizes = { B: 2, S: 4, T: 3 };
  const drawn = masks.map(({ name, shape }) => {
    const dims = bindShape(shape, sizes);
    return [
      name!,
      { shape: dims, data: Float32Array.from({ length: sizeOf(dims) }, draw) },
    ] as const;
  });
  return Object.fromEntries(drawn);
}

/** One session, a run for each way of drawing masks. */
async function runSteps(
  dropout: Dropout,
  draws: readonly (() => number)[],
  trainable?: ReadonlySet<string>,
) {
  const { graph, masks } = stepGraph(architecture, dropout, trainable);
  const session = await compile(graph);
  const runs: Arrays[] = [];
  for (const draw of draws) runs.push(await session.run({ ...feeds, ...masksBy(masks, draw) }));
  await session.release();
  return runs;
}

const ones = () => 1;
const bernoulli = (seed: number) => {
  const random = new Random(seed);
  return () => (random.uniform() < 0.3 ? 0 : 1 / 0.7);
};

describe("stepGraph", () => {
  test("stepGraph: dropout at every place T5 has it", () => {
    const { masks } = stepGraph(architecture, new Dropout(0.3));
    const sites = masks.map(({ name }) => name!.replace(/^dropout\./, ""));
    expect(sites).toEqual([
      "encoder.embed_tokens",
      "encoder.block.0.layer.0.SelfAttention.weights",
      "encoder.block.0.layer.0",
      "encoder.block.0.layer.1.DenseReluDense",
      "encoder.block.0.layer.1",
      "encoder.final_layer_norm",
      "decoder.embed_tokens",
      "decoder.block.0.layer.0.SelfAttention.weights",
      "decoder.block.0.layer.0",
      "decoder.block.0.layer.1.EncDecAttention.weights",
      "decoder.block.0.layer.1",
      "decoder.block.0.layer.2.DenseReluDense",
      "decoder.block.0.layer.2",
      "decoder.final_layer_norm",
    ]);
  });

  test("stepGraph: rate 0 adds no input and no node", () => {
    const plain = stepGraph(architecture, noDropout);
    const zero = stepGraph(architecture, new Dropout(0));
    expect(zero.masks).toEqual([]);
    expect(zero.graph.nodes.length).toBe(plain.graph.nodes.length);
  });

  test("stepGraph: masks of ones are no dropout, masks of a seed always the same step", async () => {
    const [plain] = (await runSteps(noDropout, [ones])) as [Arrays];
    const draws = [ones, bernoulli(1), bernoulli(1), bernoulli(2)];
    const masked = await runSteps(new Dropout(0.3), draws);
    const [unmasked, first, again, other] = masked as [Arrays, Arrays, Arrays, Arrays];
    for (const name of Object.keys(plain)) {
      const wanted = plain[name]!.data as Float32Array;
      expect(unmasked[name]!.data, name).toBeAllclose(wanted, { rtol: 1e-4, atol: 1e-5 });
      expect(again[name]!.data, name).toEqual(first[name]!.data);
      expect(other[name]!.data, name).not.toEqual(first[name]!.data);
    }
  });

  test("stepGraph: only trainable parameters get a gradient, the same as in the whole step", async () => {
    const trainable = new Set(["decoder.final_layer_norm.weight", "shared.weight"]);
    const [some] = (await runSteps(noDropout, [ones], trainable)) as [Arrays];
    const [all] = (await runSteps(noDropout, [ones])) as [Arrays];
    expect(Object.keys(some).sort()).toEqual(["loss", ...[...trainable].map(gradientName)].sort());
    for (const [name, { data }] of Object.entries(some)) {
      expect(data, name).toBeAllclose(all[name]!.data as Float32Array, { rtol: 1e-5, atol: 1e-6 });
    }
  });

  test("stepGraph: loss and gradients are sums, so that parts of a batch add up to the whole", async () => {
    const session = await compile(stepGraph(architecture, noDropout).graph);
    const run = (rows: readonly number[]) => {
      const pick = <T>(list: readonly T[]) => rows.map((row) => list[row]!);
      const part = architecture.collate({ inputIds: pick(source), labels: pick(labels) });
      return session.run({ ...Object.fromEntries(model.weights), ...part.arrays });
    };
    const [whole, first, second] = [await run([0, 1]), await run([0]), await run([1])];
    for (const [name, { data }] of Object.entries(whole)) {
      const rest = second[name]!.data as Float32Array;
      const summed = (first[name]!.data as Float32Array).map((value, i) => value + rest[i]!);
      expect(summed, name).toBeAllclose(data as Float32Array, { rtol: 1e-4, atol: 1e-4 });
    }
    await session.release();
  });

  test("stepGraph: buffers given as fetches receive the gradients in place", async () => {
    const session = await compile(stepGraph(architecture, noDropout).graph);
    const { shape } = model.weights.get("shared.weight")!;
    const buffer = { shape, data: new Float32Array(sizeOf(shape)).fill(Number.NaN) };
    const name = gradientName("shared.weight");
    const fetched = await session.run(feeds, { loss: null, [name]: buffer });
    const whole = await session.run(feeds);
    expect(Object.keys(fetched).sort()).toEqual([name, "loss"].sort());
    expect(buffer.data).toEqual(whole[name]!.data);
    await session.release();
  });
});
