/** @file A model for others: the folder that transformers.js loads, or the one that Python's library does. */
import { copyFileSync, existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { ConfigError, DataError, writeFileAtomically } from "../base/index.ts";
import { writeChecksums, writeFolderAtomically } from "../checkpoint/index.ts";
import {
  configText,
  families,
  generationOptionsToJson,
  type Model,
  type T5Config,
  writeModelFiles,
} from "../model/index.ts";
import { type OnnxModel, writeModel } from "../onnx/index.ts";
import type { Quantization } from "../rewrite/index.ts";
import { saveTokenizer, type Tokenizer } from "../tokenizer/index.ts";
import { decoderModel, type ExportSource, encoderModel } from "./onnx-files.ts";

export const exportFormats = ["onnx", "huggingface"] as const;

export type ExportFormat = (typeof exportFormats)[number];

export const quantizations = ["none", "int8", "int4"] as const satisfies readonly Quantization[];

export interface ExportOptions {
  readonly format: ExportFormat;
  readonly quantization: Quantization;
  /** Files to copy beside, such as the `task.json` that tells how a model was fine-tuned. */
  readonly copies?: readonly string[];
}

/** What transformers.js calls a way of keeping weights, and how it names its files. */
const dtypes: Readonly<Record<Quantization, { readonly dtype: string; readonly suffix: string }>> =
  {
    none: { dtype: "fp32", suffix: "" },
    int8: { dtype: "q8", suffix: "_quantized" },
    int4: { dtype: "q4", suffix: "_q4" },
  };

/** Files of an export, relative to its folder. */
export function onnxFiles(quantization: Quantization): { encoder: string; decoder: string } {
  const { suffix } = dtypes[quantization];
  return {
    encoder: `onnx/encoder_model${suffix}.onnx`,
    decoder: `onnx/decoder_model_merged${suffix}.onnx`,
  };
}

/**
 * Write a model folder for another library, whole or not at all.
 * @param path of a folder that is not there yet, or empty
 * @returns its files and their sizes in bytes
 * @throws ConfigError `export.model` for a model that the format has no place for, `export.quantize` for
 * 4 bits in Hugging Face's format; DataError `export.folder`, `disk.full`, `file.unwritable`
 */
export async function exportModel(
  model: Model,
  tokenizer: Tokenizer,
  path: string,
  options: ExportOptions,
): Promise<{ readonly name: string; readonly bytes: number }[]> {
  requireNew(path);
  await writeFolderAtomically(path, (folder) => {
    if (options.format === "onnx") writeOnnx(model, folder, options.quantization);
    else writeHuggingFace(model, folder, options.quantization);
    saveTokenizer(tokenizer, folder);
    for (const file of options.copies ?? []) copyFileSync(file, join(folder, basename(file)));
    writeChecksums(folder);
  });
  return listFiles(path);
}

/** A folder is replaced as a whole: none with something in it. */
function requireNew(path: string): void {
  if (!existsSync(path) || (statSync(path).isDirectory() && readdirSync(path).length === 0)) return;
  throw new DataError("export.folder", "there is something already", {
    expected: "a folder that is not there yet, or empty",
    got: statSync(path).isDirectory() ? "files in it" : "a file",
    where: path,
  });
}

function listFiles(folder: string): { name: string; bytes: number }[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({ name: relative(folder, file), bytes: statSync(file).size }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function writeHuggingFace(model: Model, folder: string, quantization: Quantization): void {
  if (quantization === "int4") {
    throw new ConfigError("export.quantize", "no 4-bit weights in Hugging Face's format here", {
      expected: "none or int8",
      got: quantization,
      help: "--format onnx has them",
    });
  }
  writeModelFiles(model, folder, { quantize: quantization });
}

function writeOnnx(model: Model, folder: string, quantization: Quantization): void {
  const config = requireT5(model);
  const { parameters } = model.architecture;
  const source: ExportSource = { config, parameters, weights: model.weights };
  const files = onnxFiles(quantization);
  mkdirSync(join(folder, "onnx"));
  const writers: readonly (readonly [string, () => OnnxModel])[] = [
    [files.encoder, () => encoderModel(source, quantization)],
    [files.decoder, () => decoderModel(source, quantization)],
  ];
  // one at a time: each holds a copy of its weights
  for (const [name, make] of writers) writeModel(join(folder, name), make());
  const hasDataFile = readdirSync(join(folder, "onnx")).some((name) => name.endsWith("_data"));
  writeConfigs(model, config, folder, {
    dtype: dtypes[quantization].dtype,
    ...(hasDataFile ? { use_external_data_format: true } : {}),
  });
}

/** The layout has an encoder and a decoder that writes text. @throws ConfigError `export.model` */
export function requireT5({ modelType, head, configJson }: Model): T5Config {
  if (modelType === "t5" && head === "generation")
    return families.t5.parseConfig(configJson, "config.json");
  throw new ConfigError(
    "export.model",
    "transformers.js has no layout for this model that we write",
    {
      expected: "an encoder-decoder model that writes text (t5, generation)",
      got: `${modelType}, ${head}`,
      help: "--format huggingface writes any model",
    },
  );
}

/** @param settings what transformers.js takes when its user says nothing */
function writeConfigs(model: Model, config: T5Config, folder: string, settings: object): void {
  const json = (name: string, value: unknown) =>
    writeFileAtomically(join(folder, name), configText(value));
  json("config.json", {
    ...families.t5.configToJson(config),
    ...model.configJson,
    "transformers.js_config": settings,
  });
  json("generation_config.json", generationOptionsToJson(model.generationDefaults, config));
}
