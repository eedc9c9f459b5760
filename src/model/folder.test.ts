/** @file Model folders: what is saved loads bit for bit, and what is broken is refused by name. */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { toyConfig, toyConfigV11, toyModel } from "../../test/toy-model.ts";
import type { CodeT5Error, Tensor } from "../base/index.ts";
import { writeCheckpoint } from "../checkpoint/index.ts";
import { createModel, describeModel, loadModel, saveModel, withHead } from "./folder.ts";
import { Model } from "./model.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "codet5-model-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const tied = toyModel();
const untied = toyModel(toyConfigV11);
const defect = toyModel({}, { head: "defect" });
const clone = toyModel({}, { head: "clone" });
afterAll(() => Promise.all([tied, untied, defect, clone].map((model) => model.release())));

/** Files of the folder that is current under `path`. */
const filesOf = (path: string) =>
  readdirSync(path, { recursive: true, encoding: "utf8" }).map((name) => name.split("/").at(-1)!);

function expectSameModel(got: Model, want: Model) {
  expect([got.modelType, got.head]).toEqual([want.modelType, want.head]);
  expect(got.config).toEqual(want.config);
  expect([...got.weights.keys()]).toEqual([...want.weights.keys()]);
  for (const [name, { shape, data }] of want.weights) {
    expect(got.weights.get(name)!.shape, name).toEqual(shape);
    expect(Buffer.from(got.weights.get(name)!.data.buffer).equals(bytesOf(data)), name).toBe(true);
  }
}
const bytesOf = (data: Float32Array) => Buffer.from(data.buffer, data.byteOffset, data.byteLength);

describe("saveModel and loadModel", () => {
  test("Transformers 5 calls every T5 tied: weights of its own head, and the scale, say otherwise", async () => {
    const path = join(folder, "five");
    mkdirSync(path);
    const five = { tie_word_embeddings: true, scale_decoder_outputs: false };
    for (const model of [untied, tied]) {
      writeFileSync(join(path, "config.json"), JSON.stringify({ ...model.configJson, ...five }));
      writeCheckpoint(path, model.weights);
      const loaded = await loadModel(path);
      expect(loaded.config.tieWordEmbeddings).toBe(model === tied);
      const { logits } = await model.forward({ inputIds: [[5, 9, 17, 2]] });
      const factor = model === tied ? Math.sqrt(20) : 1;
      const { logits: got } = await loaded.forward({ inputIds: [[5, 9, 17, 2]] });
      expect(got.data).toBeAllclose(
        logits.data.map((logit) => logit * factor),
        { rtol: 1e-5, atol: 1e-5 },
      );
      const again = join(folder, "again");
      await saveModel(loaded, again);
      expectSameModel(await loadModel(again), loaded);
      await loaded.release();
    }
  });

  test.each([
    ["tied", tied],
    ["gated and untied", untied],
    ["defect head", defect],
    ["clone head", clone],
  ])("bit for bit: %s", async (_, model) => {
    const path = join(folder, "model");
    await saveModel(model, path);
    const loaded = await loadModel(path);
    expectSameModel(loaded, model);
    const [inputIds, labels] = [[[5, 9, 17, 2]], model.head === "generation" ? [[7, 2]] : [1]];
    const batch = { inputIds: model.head === "clone" ? [[5, 2, 9, 2]] : inputIds, labels };
    expect(await loaded.forward(batch)).toEqual(await model.forward(batch));
    await loaded.release();
  });

  test("bit for bit in shards", async () => {
    const path = join(folder, "model");
    await saveModel(untied, path, { maxShardBytes: 8000 });
    expect(
      filesOf(path).filter((name) => /^model-\d+-of-\d+\.safetensors$/.test(name)).length,
    ).toBeGreaterThan(2);
    expectSameModel(await loadModel(path), untied);
  });

  test("saving over a model replaces it whole", async () => {
    const path = join(folder, "model");
    await saveModel(tied, path, { maxShardBytes: 8000 });
    await saveModel(untied, path);
    expectSameModel(await loadModel(path), untied);
  });

  test("keys of config.json that we do not use, and generation settings, survive", async () => {
    const path = join(folder, "model");
    const spec = {
      modelType: tied.modelType,
      config: tied.config,
      head: tied.head,
      configJson: { ...tied.configJson, task_specific_params: { a: [1] } },
      generationDefaults: { numBeams: 3, maxLength: 7 },
    };
    await saveModel(new Model(spec, tied.weights), path);
    const loaded = await loadModel(path);
    expect(loaded.configJson).toEqual(spec.configJson);
    expect(loaded.generationDefaults).toEqual(spec.generationDefaults);
    const { sequences } = await loaded.generate({ inputIds: [[5, 2]], minNewTokens: 6 });
    expect(sequences[0]).toHaveLength(7);
    await loaded.release();
  });

  test("describeModel: names and shapes without a weight read", async () => {
    const path = join(folder, "model");
    await saveModel(defect, path);
    const { spec, parameters } = describeModel(path);
    expect(spec.head).toBe("defect");
    expect(parameters.map(({ name }) => name)).toEqual([...defect.weights.keys()]);
  });
});

describe("a folder that is not a model is refused", () => {
  const weightsOf = (model: Model) => new Map<string, Tensor>(model.weights);

  function write(config: unknown, weights: ReadonlyMap<string, Tensor> = tied.weights) {
    const text = typeof config === "string" ? config : JSON.stringify(config);
    writeFileSync(join(folder, "config.json"), text);
    writeCheckpoint(folder, weights, {});
  }
  const failure = (options = {}): Promise<CodeT5Error> =>
    loadModel(folder, options).then(
      () => expect.fail("it loaded"),
      (error) => error as CodeT5Error,
    );

  test.each<[string, unknown, code: string, text: string]>([
    ["unknown model_type", { ...toyConfig, model_type: "bert" }, "config.modelType", '"bert"'],
    [
      "model_type of Object's own names",
      { ...toyConfig, model_type: "constructor" },
      "config.modelType",
      "constructor",
    ],
    ["model_type that is no text", { ...toyConfig, model_type: { a: 1 } }, "config.modelType", "a"],
    ["no object", [1], "config.t5", "config"],
    ["null", null, "config.t5", "config"],
    ["no JSON", "{", "json.syntax", "JSON"],
    ["another d_model", { ...toyConfig, d_model: 24 }, "model.shape", "[41, 24]"],
    ["another vocabulary", { ...toyConfig, vocab_size: 50 }, "model.shape", "[50, 20]"],
    ["more layers", { ...toyConfig, num_layers: 3 }, "model.missing", "encoder.block.2"],
    ["fewer layers", { ...toyConfig, num_layers: 1 }, "model.unexpected", "encoder.block.1"],
    [
      "a gated feed-forward",
      { ...toyConfig, feed_forward_proj: "gated-gelu" },
      "model.missing",
      "wi_0",
    ],
    [
      "an untied head",
      { ...toyConfig, tie_word_embeddings: false },
      "model.missing",
      "lm_head.weight",
    ],
    [
      "an activation of Object's own names",
      { ...toyConfig, feed_forward_proj: "constructor" },
      "config.t5",
      "feed_forward_proj",
    ],
    ["a billion layers", { ...toyConfig, num_layers: 1e9 }, "config.t5", "num_layers"],
    [
      "matrices beyond any memory",
      { ...toyConfig, d_model: 2 ** 24, d_ff: 2 ** 24 },
      "config.t5",
      "d_ff",
    ],
    [
      "generation settings of another type",
      { ...toyConfig, num_beams: "many" },
      "config.generation",
      "num_beams",
    ],
  ])("%s", async (_, config, code, text) => {
    write(config);
    const start = Date.now();
    const error = await failure();
    expect(Date.now() - start).toBeLessThan(2000);
    expect(error.code).toBe(code);
    expect(JSON.stringify([error.message, error.details])).toContain(text.replaceAll('"', '\\"'));
  });

  test("a missing tensor: the nearest name is told", async () => {
    const weights = weightsOf(tied);
    const name = "decoder.block.2.layer.1.EncDecAttention.k.weight";
    weights.delete(name);
    write(toyConfig, weights);
    const error = await failure();
    expect(error.code).toBe("model.missing");
    expect(error.details.expected).toBe(name);
    expect(error.details.got).toMatch(/nearest is decoder\.block\.\d\.layer\.1\.EncDecAttention/);
  });

  test("an unexpected tensor; but a tied copy of the embedding is none", async () => {
    const shared = tied.weights.get("shared.weight")!;
    const weights = weightsOf(tied).set("lm_head.weight", shared);
    write(toyConfig, weights.set("encoder.embed_tokens.weight", shared));
    expectSameModel(await loadModel(folder), tied);
    write(toyConfig, weights.set("surprise", shared));
    const error = await failure();
    expect([error.code, error.details.got]).toEqual(["model.unexpected", "surprise"]);
  });

  test("a truncated weights file, one of random bytes, an empty one", async () => {
    write(toyConfig);
    const file = join(folder, "model.safetensors");
    const { length } = readFileSync(file);
    truncateSync(file, length - 4);
    expect((await failure()).code).toMatch(/^safetensors\./);
    writeFileSync(file, Buffer.from(Array.from({ length: 999 }, (_, i) => (i * 37) % 256)));
    expect((await failure()).code).toMatch(/^safetensors\./);
    writeFileSync(file, "");
    expect((await failure()).code).toMatch(/^safetensors\./);
  });

  test("no weights, no config, no folder", async () => {
    writeFileSync(join(folder, "config.json"), JSON.stringify(toyConfig));
    expect((await failure()).code).toBe("checkpoint.missing");
    write(toyConfig);
    rmSync(join(folder, "config.json"));
    expect((await failure()).code).toBe("file.missing");
    await expect(loadModel(join(folder, "nowhere"))).rejects.toMatchObject({ name: "DataError" });
  });

  test("verify: one flipped bit in any file is noticed", async () => {
    const path = join(folder, "model");
    await saveModel(tied, path, { maxShardBytes: 8000 });
    expectSameModel(await loadModel(path, { verify: true }), tied);
    for (const name of readdirSync(path).filter((entry) => entry !== "checksums.json")) {
      const bytes = readFileSync(join(path, name));
      const damaged = Buffer.from(bytes);
      damaged[damaged.length - 1]! ^= 1;
      writeFileSync(join(path, name), damaged);
      await expect(loadModel(path, { verify: true }), name).rejects.toMatchObject({
        code: "checksums.mismatch",
        details: { where: join(path, name) },
      });
      writeFileSync(join(path, name), bytes);
    }
  });

  test("verify: a folder without checksums loads, but cannot be verified", async () => {
    const path = join(folder, "model");
    await saveModel(tied, path);
    rmSync(join(path, "checksums.json"));
    expectSameModel(await loadModel(path), tied);
    await expect(loadModel(path, { verify: true })).rejects.toMatchObject({
      code: "file.missing",
      details: { where: join(path, "checksums.json") },
    });
  });
});

describe("withHead", () => {
  test("the body is taken over bit for bit, the head is drawn from the seed", () => {
    const other = withHead(tied, "defect", 5);
    expect(other.head).toBe("defect");
    for (const [name, { data }] of tied.weights) {
      expect(other.weights.get(`encoder.${name}`)!.data, name).toEqual(data);
    }
    const head = (model: Model) => model.weights.get("classifier.weight")!.data;
    expect(head(withHead(tied, "defect", 5))).toEqual(head(other));
    expect(head(withHead(tied, "defect", 6))).not.toEqual(head(other));
  });

  test("there and back is the same model, an untied lm_head included", () => {
    for (const model of [tied, untied]) {
      for (const head of ["defect", "clone"] as const) {
        const back = withHead(withHead(model, head, 1), "generation", 99);
        expectSameModel(back, model);
      }
    }
  });

  test("the weights are a copy: training one model leaves the other alone", () => {
    const other = withHead(tied, "clone", 1);
    other.weights.get("encoder.shared.weight")!.data.fill(0);
    expect(tied.weights.get("shared.weight")!.data.some((x) => x !== 0)).toBe(true);
  });

  test("the head that it has already changes nothing", () => {
    expect(withHead(defect, "defect", 9)).toBe(defect);
  });
});

test("createModel: a model too large for any memory is refused before it is drawn", () => {
  const build = () =>
    createModel("t5", { ...toyConfig, vocab_size: 2 ** 24, d_model: 2 ** 20 }, { seed: 1 });
  expect(build).toThrow(expect.objectContaining({ name: "ConfigError", code: "config.t5" }));
});
