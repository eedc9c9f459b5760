/** @file Adapters: gradients are the full gradient's projections, merged equals unmerged, nothing else learns. */
import { describe, expect, test } from "vitest";
import { toyGpt2, toyLlama, toyOf, toyRoberta } from "../../test/toy-families.ts";
import { toyModel } from "../../test/toy-model.ts";
import { Random, type Tensor } from "../base/index.ts";
import { withAdapter, withoutAdapter } from "./adapted-model.ts";
import type { Head } from "./family.ts";
import { adapterName, defaultTargets, type LoraConfig } from "./lora.ts";
import type { Model } from "./model.ts";

const lora: LoraConfig = { rank: 3, alpha: 6, dropout: 0, targets: ["all-linear"] };

/** Adapters that do something: B is drawn as well. */
function adapted(base: Model, config: LoraConfig = lora): Model {
  const model = withAdapter(base, { lora: config, base: "base" }, 7);
  for (const [name, { data }] of model.weights) {
    if (!name.endsWith(".lora_B.weight")) continue;
    const random = new Random(3, name);
    for (let i = 0; i < data.length; i++) data[i] = 0.1 * random.normal();
  }
  return model;
}

const inputIds = [
  [1, 5, 9, 12, 30],
  [1, 7, 8, 4],
];

const cases: readonly [string, () => Model, readonly (readonly number[])[] | readonly number[]][] =
  [
    ["llama", () => toyOf(toyLlama), inputIds],
    ["gpt2", () => toyOf(toyGpt2), inputIds],
    [
      "gpt2 that classifies",
      () => toyOf({ ...toyGpt2, pad_token_id: 0 }, { head: "classification" }),
      [0, 1],
    ],
    ["roberta", () => toyOf(toyRoberta, { head: "classification" as Head }), [0, 1]],
    [
      "t5",
      () => toyModel(),
      [
        [5, 6, 2],
        [7, 2],
      ],
    ],
  ];

/** [m, k] times [k, n], either transposed by swapping its strides. */
function product(a: Matrix, b: Matrix, scale: number): number[] {
  return Array.from({ length: a.rows * b.columns }, (_, at) => {
    const [row, column] = [Math.floor(at / b.columns), at % b.columns];
    let sum = 0;
    for (let k = 0; k < a.columns; k++) sum += a.at(row, k) * b.at(k, column);
    return scale * sum;
  });
}

interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly at: (row: number, column: number) => number;
}

function matrix({ shape, data }: Tensor, isTransposed = false): Matrix {
  const [rows, columns] = shape as [number, number];
  return isTransposed
    ? { rows: columns, columns: rows, at: (r, c) => data[c * columns + r]! }
    : { rows, columns, at: (r, c) => data[r * columns + c]! };
}

describe.each(cases)("%s", (name, create, labels) => {
  test("dA = s Bᵀ dW and dB = s dW Aᵀ", async () => {
    const model = adapted(create());
    const merged = withoutAdapter(model);
    const [own, full] = [
      await model.lossAndGradients({ inputIds, labels }),
      await merged.lossAndGradients({ inputIds, labels }),
    ];
    expect(own.loss).toBeCloseTo(full.loss, 5);
    const modules = [...model.weights.keys()]
      .filter((key) => key.endsWith(".lora_A.weight"))
      .map((key) => key.replace(".lora_A.weight", ""));
    expect(modules.length).toBeGreaterThan(4);
    for (const module of modules) {
      const isInputFirst = name.startsWith("gpt2") && module !== "lm_head";
      const dW = matrix(full.gradients.get(`${module}.weight`)!, isInputFirst);
      const [a, b] = (["A", "B"] as const).map(
        (one) => model.weights.get(adapterName(module, one))!,
      );
      const dA = own.gradients.get(adapterName(module, "A"))!;
      const dB = own.gradients.get(adapterName(module, "B"))!;
      const tolerance = { rtol: 1e-3, atol: 1e-5 };
      expect(dA.data).toBeAllclose(product(matrix(b!, true), dW, 2), tolerance);
      expect(dB.data).toBeAllclose(product(dW, matrix(a!, true), 2), tolerance);
    }
    await model.release();
    await merged.release();
  });

  test("merged and unmerged say the same", async () => {
    const model = adapted(create());
    const merged = withoutAdapter(model);
    const want = await model.forward({ inputIds, labels });
    const got = await merged.forward({ inputIds, labels });
    expect(got.logits.data).toBeAllclose(want.logits.data, { rtol: 1e-4, atol: 1e-4 });
    const plain = await create().forward({ inputIds, labels });
    expect(plain.logits.data).not.toBeAllclose(want.logits.data, { rtol: 1e-4, atol: 1e-4 });
    await model.release();
    await merged.release();
  });
});

test("withAdapter: untrained it changes nothing, and names PEFT's modules", async () => {
  const base = toyOf(toyLlama);
  const targets = defaultTargets.llama;
  const model = withAdapter(base, { lora: { ...lora, targets }, base: "base" }, 1);
  expect(model.trainable.map(({ name }) => name)).toEqual(
    [0, 1].flatMap((layer) =>
      ["q_proj", "v_proj"].flatMap((map) =>
        ["A", "B"].map((one) => `model.layers.${layer}.self_attn.${map}.lora_${one}.weight`),
      ),
    ),
  );
  const want = await base.forward({ inputIds });
  const got = await model.forward({ inputIds });
  expect(got.logits.data).toBeAllclose(want.logits.data, { atol: 1e-6 });
  await model.release();
});

test("withAdapter: a classification head is trained whole beside the adapters", () => {
  const base = toyOf(toyRoberta, { head: "classification" });
  const targets = defaultTargets.roberta;
  const model = withAdapter(base, { lora: { ...lora, targets }, base: "base" }, 1);
  const whole = model.trainable.map(({ name }) => name).filter((name) => !name.includes("lora_"));
  expect(whole).toEqual([
    "classifier.dense.weight",
    "classifier.dense.bias",
    "classifier.out_proj.weight",
    "classifier.out_proj.bias",
  ]);
});

test("withAdapter: a module that is not there is refused with those there are", () => {
  const wanted = { lora: { ...lora, targets: ["qproj"] }, base: "base" };
  expect(() => withAdapter(toyOf(toyLlama), wanted, 1)).toThrow(/no linear map .* qproj/);
});

test("withAdapter: embeddings are no linear map, a star stands for anything", () => {
  const wanted = (targets: readonly string[]) => ({ lora: { ...lora, targets }, base: "base" });
  expect(() => withAdapter(toyOf(toyLlama), wanted(["embed_tokens"]), 1)).toThrow(/no linear map/);
  const model = withAdapter(toyOf(toyLlama), wanted(["layers.1.*_proj"]), 1);
  expect(model.trainable).toHaveLength(14);
});

test("generate: adapters are merged for it", async () => {
  const model = adapted(toyOf(toyLlama));
  const request = { inputIds: [[1, 5, 9]], maxNewTokens: 6 };
  const { sequences } = await model.generate(request);
  expect(sequences).toEqual((await withoutAdapter(model).generate(request)).sequences);
  await model.release();
});
