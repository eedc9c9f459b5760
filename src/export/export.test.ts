import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { AutoModelForSeq2SeqLM, AutoTokenizer, env, Tensor } from "@huggingface/transformers";
import { beforeAll, describe, expect, test } from "vitest";
import { createModel, loadModel, type Model, withHead } from "../model/index.ts";
import { readModel } from "../onnx/index.ts";
import { openModelFile } from "../runtime/index.ts";
import { loadTokenizer, type Tokenizer, trainTokenizer } from "../tokenizer/index.ts";
import { exportModel, onnxFiles, openExport, type Quantization, requireT5 } from "./index.ts";

const scratch = mkdtempSync(join(tmpdir(), "codet5-export-"));
const code = ["int add(int a, int b) { return a + b; }", "def f(x):\n    return x * 2\n"];
const shape = { vocab_size: 384, d_model: 64, d_kv: 16, d_ff: 96, num_layers: 2, num_heads: 4 };
let tokenizer: Tokenizer;

beforeAll(async () => {
  tokenizer = await trainTokenizer(code, { vocabSize: 384 });
  env.allowRemoteModels = false;
});

/** A random model whose words depend on all its layers: embeddings small beside what layers add. */
function lively(config: object, seed = 1): Model {
  const model = createModel("t5", { ...shape, eos_token_id: 2, ...config }, { seed });
  const { data } = model.weights.get("shared.weight")!;
  for (let i = 0; i < data.length; i++) data[i]! *= 0.1;
  return model;
}

let count = 0;
const place = () => join(scratch, `m${count++}`);

async function exported(model: Model, quantization: Quantization = "none"): Promise<string> {
  const folder = place();
  await exportModel(model, tokenizer, folder, { format: "onnx", quantization });
  return folder;
}

const sources = [
  [1, 40, 41, 42, 43, 44, 45, 2],
  [1, 300, 17, 200, 2],
  [1, 90, 2],
];
const length = 24;

async function byTransformers(folder: string): Promise<number[][]> {
  env.localModelPath = dirname(folder);
  const model = await AutoModelForSeq2SeqLM.from_pretrained(basename(folder));
  const longest = Math.max(...sources.map((row) => row.length));
  const padded = sources.map((row) => [...row, ...Array(longest - row.length).fill(0)]);
  const dims = [sources.length, longest];
  const int64 = (values: number[]) => new Tensor("int64", BigInt64Array.from(values, BigInt), dims);
  const generated = await model.generate({
    inputs: int64(padded.flat()),
    attention_mask: int64(padded.flat().map((id) => Number(id !== 0))),
    max_length: length,
    num_beams: 1,
    do_sample: false,
  });
  await model.dispose();
  return (generated as Tensor).tolist().map((row: bigint[]) => row.map(Number));
}

async function byExport(model: Model, folder: string, quantization: Quantization) {
  const { encoder, decoder } = onnxFiles(quantization);
  const files = { encoder: join(folder, encoder), decoder: join(folder, decoder) };
  const running = await openExport(files, requireT5(model));
  const { sequences } = await running.generate({ inputIds: sources, maxLength: length });
  await running.release();
  return sequences;
}

describe("export: transformers.js", () => {
  test.each([
    ["CodeT5's layout: relu, tied", { num_decoder_layers: 3 }],
    ["T5 1.1's: gated, untied", { feed_forward_proj: "gated-gelu", tie_word_embeddings: false }],
  ])("export: %s, the same greedy tokens as ours", async (_, config) => {
    const model = lively(config);
    const folder = await exported(model);
    const { sequences } = await model.generate({ inputIds: sources, maxLength: length });
    expect(new Set(sequences.flat()).size).toBeGreaterThan(5);
    expect(await byTransformers(folder)).toEqual(sequences);
    expect(await byExport(model, folder, "none")).toEqual(sequences);
    await model.release();
  });

  test("export: the tokenizer gives transformers.js the ids it gives us", async () => {
    const folder = await exported(lively({}));
    env.localModelPath = dirname(folder);
    const theirs = await AutoTokenizer.from_pretrained(basename(folder));
    for (const text of code) expect(theirs.encode(text)).toEqual(tokenizer.encode(text).ids);
  });

  test("export: weights are in a file once, around both branches", async () => {
    const folder = await exported(lively({}));
    const { nodes, initializers, inputs } = readModel(join(folder, onnxFiles("none").decoder));
    expect(nodes.map(({ opType }) => opType)).toEqual(["If"]);
    const names = initializers.map(({ name }) => name);
    expect(names).toContain("shared.weight");
    expect(new Set(names).size).toBe(names.length);
    expect(inputs.map(({ name }) => name)).toContain("past_key_values.1.encoder.value");
    const rows = initializers.filter(({ shape: [first] }) => first === shape.vocab_size);
    expect(rows).toHaveLength(1);
  });
});

describe("export: fewer bits", () => {
  const hidden = async (folder: string, quantization: Quantization) => {
    const encoder = await openModelFile(join(folder, onnxFiles(quantization).encoder));
    const ids = { shape: [1, 8], data: BigInt64Array.from(sources[0]!, BigInt) };
    const mask = { shape: [1, 8], data: new BigInt64Array(8).fill(1n) };
    const outputs = await encoder.run({ input_ids: ids, attention_mask: mask });
    await encoder.release();
    return outputs.last_hidden_state!.data as Float32Array;
  };
  const cosine = (a: Float32Array, b: Float32Array) => {
    const dot = (x: Float32Array, y: Float32Array) => x.reduce((sum, v, i) => sum + v * y[i]!, 0);
    return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
  };
  const bytesOf = (folder: string) =>
    readdirSync(join(folder, "onnx"))
      .map((name) => readFileSync(join(folder, "onnx", name)).length)
      .reduce((sum, bytes) => sum + bytes, 0);

  test.each([
    ["int8", {}, 0.999],
    ["int4", {}, 0.97],
    ["int8", { tie_word_embeddings: false, feed_forward_proj: "gated-gelu" }, 0.999],
    ["int4", { tie_word_embeddings: false, d_ff: 80 }, 0.97],
  ] as const)(
    "export: %s %o runs in transformers.js, near the whole model",
    async (bits, config, near) => {
      const model = lively({ vocab_size: 384, ...config });
      const [whole, small] = [await exported(model), await exported(model, bits)];
      expect(await byTransformers(small)).toEqual(await byExport(model, small, bits));
      expect(cosine(await hidden(whole, "none"), await hidden(small, bits))).toBeGreaterThan(near);
      expect(bytesOf(small)).toBeLessThan(bytesOf(whole) * 0.6);
    },
  );
});

describe("export: Hugging Face", () => {
  test("export: a folder with everything Python's transformers looks for, read back the same", async () => {
    const model = lively({});
    const folder = place();
    const files = await exportModel(model, tokenizer, folder, {
      format: "huggingface",
      quantization: "none",
    });
    expect(files.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        "config.json",
        "generation_config.json",
        "merges.txt",
        "model.safetensors",
        "special_tokens_map.json",
        "tokenizer.json",
        "tokenizer_config.json",
        "vocab.json",
      ]),
    );
    const again = await loadModel(folder, { verify: true });
    expect([...again.weights]).toEqual([...model.weights]);
    const config = JSON.parse(readFileSync(join(folder, "config.json"), "utf8"));
    expect(config).toMatchObject({
      architectures: ["T5ForConditionalGeneration"],
      model_type: "t5",
      is_encoder_decoder: true,
    });
    expect((await loadTokenizer(folder)).encode(code[0]!).ids).toEqual(
      tokenizer.encode(code[0]!).ids,
    );
  });
});

describe("export: refusals", () => {
  const failure = (model: Model, folder: string, options: Parameters<typeof exportModel>[3]) =>
    exportModel(model, tokenizer, folder, options).then(
      () => "written",
      (error) => error.code,
    );

  test("export: other families, heads and bits than a format has are refused, nothing is left", async () => {
    const onnx = { format: "onnx", quantization: "none" } as const;
    const folder = place();
    expect(await failure(withHead(lively({}), "defect", 1), folder, onnx)).toBe("export.model");
    const fourBits = { format: "huggingface", quantization: "int4" } as const;
    expect(await failure(lively({}), folder, fourBits)).toBe("export.quantize");
    expect(existsSync(folder)).toBe(false);
  });

  test("export: a folder with something in it stays as it is", async () => {
    const folder = place();
    mkdirSync(folder);
    writeFileSync(join(folder, "precious"), "");
    const onnx = { format: "onnx", quantization: "none" } as const;
    expect(await failure(lively({}), folder, onnx)).toBe("export.folder");
    expect(readdirSync(folder)).toEqual(["precious"]);
  });
});

const golden = resolve(import.meta.dirname, "../../../shared/goldens/models");
describe.runIf(existsSync(golden))("export: reference models", () => {
  test.each(["t5-codet5", "t5-t5v1_1"])("export: %s, the same greedy tokens", async (name) => {
    const model = await loadModel(join(golden, name));
    const rows = sources.map((row) => row.map((id) => id % 200));
    const folder = place();
    await exportModel(model, tokenizer, folder, { format: "onnx", quantization: "none" });
    const running = await openExport(
      {
        encoder: join(folder, onnxFiles("none").encoder),
        decoder: join(folder, onnxFiles("none").decoder),
      },
      requireT5(model),
    );
    const { sequences } = await running.generate({ inputIds: rows, maxLength: length });
    const ours = await model.generate({ inputIds: rows, maxLength: length, numBeams: 1 });
    expect(sequences).toEqual(ours.sequences);
    await running.release();
  });
});
