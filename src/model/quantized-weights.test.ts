import { mkdtempSync, readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Tensor } from "../base/index.ts";
import { readCheckpoint, writeCheckpoint } from "../checkpoint/index.ts";
import { createModel, loadModel, saveModel } from "./folder.ts";

const config = {
  vocab_size: 60,
  d_model: 32,
  d_kv: 8,
  d_ff: 64,
  num_layers: 1,
  num_heads: 4,
};
const fresh = () => mkdtempSync(join(tmpdir(), "quantized-"));

test("saveModel: 8 bits keep every weight within half a step of its row's scale", async () => {
  const model = createModel("t5", config, { seed: 5, head: "tagging" });
  const folder = join(fresh(), "model");
  await saveModel(model, folder, { quantize: "int8" });
  const loaded = await loadModel(folder, { head: "tagging" });
  for (const [name, { shape, data }] of model.weights) {
    const back = loaded.weights.get(name) as Tensor;
    expect(back.shape, name).toEqual(shape);
    const width = shape.at(-1)!;
    for (let row = 0; row * width < data.length; row++) {
      const values = data.subarray(row * width, (row + 1) * width);
      const peak = Math.max(...values.map(Math.abs));
      const read = back.data.subarray(row * width, (row + 1) * width);
      expect(read, name).toBeAllclose(values, { atol: (peak / 127) * 0.501, rtol: 0 });
    }
  }
});

test("saveModel: 8 bits take a quarter of the space and say so in config.json", async () => {
  const model = createModel("t5", { ...config, d_model: 128 }, { seed: 5 });
  const [plain, small] = [join(fresh(), "plain"), join(fresh(), "small")];
  await saveModel(model, plain);
  await saveModel(model, small, { quantize: "int8" });
  const bytes = (folder: string) => statSync(join(folder, "model.safetensors")).size;
  expect(bytes(small) / bytes(plain)).toBeLessThan(0.3);
  const json = JSON.parse(readFileSync(join(small, "config.json"), "utf8"));
  expect(json.quantization_config.quant_method).toBe("compressed-tensors");
});

test("loadModel: what was 8 bits is float32 in memory, and saved as such", async () => {
  const folder = fresh();
  await saveModel(createModel("t5", config, { seed: 5 }), join(folder, "small"), {
    quantize: "int8",
  });
  const loaded = await loadModel(join(folder, "small"));
  await saveModel(loaded, join(folder, "again"));
  const again = await loadModel(join(folder, "again"));
  expect(again.configJson).not.toHaveProperty("quantization_config");
  for (const [name, { data }] of loaded.weights)
    expect(again.weights.get(name)!.data).toEqual(data);
});

test("loadModel: 8 bits without scales are refused", async () => {
  const folder = join(fresh(), "model");
  await saveModel(createModel("t5", config, { seed: 5 }), folder, { quantize: "int8" });
  const { tensors } = readCheckpoint(folder);
  const names = [...tensors.keys()].filter((name) => name !== "shared.weight_scale");
  const { readRaw } = await import("../checkpoint/index.ts");
  const kept = names.map((name) => {
    const tensor = tensors.get(name)!;
    return [name, { shape: tensor.shape, data: readRaw(tensor) }] as const;
  });
  writeCheckpoint(folder, new Map(kept));
  await expect(loadModel(folder)).rejects.toThrow(/no scale for each row/);
});
