/** @file Models and adapters of ours as GGUF files, for llama.cpp and what is built on it. */
import { ConfigError, DataError, type Tensor } from "../base/index.ts";
import { adapterName, type LlamaConfig, type Model } from "../model/index.ts";
import type { Tokenizer } from "../tokenizer/index.ts";
import { type GgufType, ggufTypeRows } from "./ggml-blocks.ts";
import {
  frequencyFactors,
  type GgufSource,
  ggufModule,
  interleaved,
  llamaConfigOf,
  llamaMetadata,
  rotatedHeads,
} from "./llama-layout.ts";
import { vocabularyMetadata } from "./vocabulary.ts";
import { type GgufData, writeGguf } from "./write-gguf.ts";

export interface GgufExportOptions {
  /** Of matrices; vectors are float32, rows that are no whole blocks 16 bits, embeddings 8 at the least. */
  readonly type: GgufType;
  /** `general.name`. */
  readonly name: string;
  /** Jinja, as a model folder has it. */
  readonly chatTemplate?: string | undefined;
}

/** Rows are looked up, which costs nothing more in 8 bits, and they are where 4 bits would tell most. */
const embeddings = "model.embed_tokens";

/**
 * Write a Llama or Mistral with its tokenizer; weights are asked for one at a time.
 * @throws ConfigError `export.model`, `export.tokenizer` for what llama.cpp computes otherwise or not at all;
 * DataError `tensor.notFinite`, `disk.full`, `file.unwritable`
 */
export function exportModelGguf(
  source: GgufSource,
  tokenizer: Tokenizer,
  path: string,
  { type, name, chatTemplate }: GgufExportOptions,
): void {
  const config = llamaConfigOf(source);
  const tensors = new Map<string, GgufData>();
  for (const [parameter, weight] of source.weights) {
    const [, module, kind] = /^(.+)\.(weight|bias)$/.exec(parameter)!;
    tensors.set(`${ggufModule(module!)}.${kind}`, {
      shape: weight.shape,
      type: typeOf(weight, module === embeddings && type === "q4_0" ? "q8_0" : type),
      get data() {
        return checked(parameter, arranged(weight, module!, config));
      },
    });
  }
  const factors = frequencyFactors(config);
  if (factors !== undefined) {
    tensors.set("rope_freqs.weight", { shape: [factors.length], type: "f32", data: factors });
  }
  const metadata = {
    "general.architecture": "llama",
    "general.type": "model",
    "general.name": name,
    "general.file_type": ggufTypeRows[type].fileType,
    "general.quantization_version": 2,
    ...llamaMetadata(source),
    ...vocabularyMetadata(tokenizer, config.vocabSize),
    ...(chatTemplate === undefined ? {} : { "tokenizer.chat_template": chatTemplate }),
  };
  writeGguf(path, metadata, tensors);
}

function typeOf({ shape }: Tensor, type: GgufType): GgufType {
  if (shape.length < 2) return "f32";
  return shape.at(-1)! % ggufTypeRows[type].blockSize === 0 ? type : "f16";
}

/** Rows in llama.cpp's order. */
function arranged(weight: Tensor, module: string, config: LlamaConfig): Float32Array {
  const heads = rotatedHeads(module, config);
  return heads === undefined ? weight.data : interleaved(weight, heads);
}

function checked(name: string, data: Float32Array): Float32Array {
  // NaN where a weight is infinite or none
  let fault = 0;
  for (let i = 0; i < data.length; i++) fault += data[i]! * 0;
  if (fault === 0) return data;
  throw new DataError("tensor.notFinite", "a weight is not a finite number", {
    expected: "finite numbers",
    got: "NaN or infinity",
    where: `tensor ${JSON.stringify(name)}`,
  });
}

/**
 * Write a model's adapter, for the same base as GGUF.
 * @param type f32 or f16: llama.cpp adds adapters in floats
 * @throws ConfigError `export.model` for a model that llama.cpp does not compute, or that has no adapter;
 * `export.quantize`; DataError as {@link exportModelGguf}
 */
export function exportAdapterGguf(
  model: Model,
  path: string,
  { type, name }: Pick<GgufExportOptions, "type" | "name">,
): void {
  const config = llamaConfigOf(model);
  if (model.adapter === undefined) throw noAdapter();
  if (type !== "f32" && type !== "f16") throw notFloats(type);
  const tensors = new Map<string, GgufData>();
  for (const module of modulesOf(model)) {
    for (const matrix of ["A", "B"] as const) {
      const parameter = adapterName(module, matrix);
      const weight = model.weights.get(parameter)!;
      // rows of B are outputs, as those of the weight beside it
      const data = matrix === "A" ? weight.data : arranged(weight, module, config);
      const suffix = `weight.lora_${matrix.toLowerCase()}`;
      const own = { shape: weight.shape, type, data: checked(parameter, data) };
      tensors.set(`${ggufModule(module)}.${suffix}`, own);
    }
  }
  const metadata = {
    "general.architecture": "llama",
    "general.type": "adapter",
    "general.name": name,
    "general.file_type": ggufTypeRows[type].fileType,
    "adapter.type": "lora",
    "adapter.lora.alpha": { f32: model.adapter.lora.alpha },
  };
  writeGguf(path, metadata, tensors);
}

const lowSuffix = ".lora_A.weight";

function modulesOf({ trainable }: Model): string[] {
  const names = trainable.map(({ name }) => name).filter((name) => name.endsWith(lowSuffix));
  return names.map((name) => name.slice(0, -lowSuffix.length));
}

function noAdapter(): ConfigError {
  return new ConfigError("export.model", "internal: the model has no adapter");
}

function notFloats(type: GgufType): ConfigError {
  return new ConfigError("export.quantize", "llama.cpp adds adapters in floats", {
    expected: "none or f16",
    got: type,
    help: "codet5 model merge makes a model of it, which has fewer bits",
  });
}
