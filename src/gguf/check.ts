/** @file Whether a GGUF file is a model that can be asked, and an adapter one of its own. */
import { ConfigError, DataError } from "../base/index.ts";
import { type GgufHeader, readGgufHeader } from "./header.ts";

/** What is known of a model file before it is loaded. */
export interface GgufModelInfo {
  readonly architecture: string;
  /** Tokens. */
  readonly contextLength: number;
  readonly chatTemplate?: string;
  readonly header: GgufHeader;
}

/** Decoder-only families; Mistral and Codestral call themselves llama. */
const architectures = [
  "llama",
  "mistral3",
  "qwen2",
  "qwen3",
  "starcoder2",
  "gpt2",
  "phi3",
  "gemma2",
];

/**
 * Read what a model file says of itself.
 * @throws DataError `gguf.*`; ConfigError `gguf.architecture`
 */
export function readGgufModel(path: string): GgufModelInfo {
  const header = readGgufHeader(path);
  const { metadata } = header;
  const architecture = String(metadata.get("general.architecture") ?? "none");
  const type = String(metadata.get("general.type") ?? "model");
  if (!architectures.includes(architecture) || type !== "model") {
    throw new ConfigError("gguf.architecture", "the GGUF file is no model that can be asked", {
      expected: `a model of ${architectures.join(", ")}`,
      got: type === "model" ? architecture : `${type} of ${architecture}`,
      where: path,
    });
  }
  const template = metadata.get("tokenizer.chat_template");
  return {
    architecture,
    contextLength: Number(metadata.get(`${architecture}.context_length`) ?? 2048),
    ...(typeof template === "string" ? { chatTemplate: template } : {}),
    header,
  };
}

/**
 * Refuse an adapter that does not fit.
 * @throws DataError `gguf.adapter` naming the first matrix that does not, `gguf.*`
 */
export function requireAdapter(path: string, model: GgufModelInfo): void {
  const { metadata, tensors } = readGgufHeader(path);
  const refuse = (expected: string, got: string) => {
    const details = { expected, got, where: path, help: "it was trained on another model" };
    return new DataError("gguf.adapter", "the adapter does not fit the model", details);
  };
  const type = `${metadata.get("general.type")} of ${metadata.get("general.architecture")}`;
  const wanted = `adapter of ${model.architecture}`;
  if (type !== wanted) throw refuse(wanted, type);
  for (const { name, shape } of tensors.values()) {
    const [, base, part] = name.match(/^(.+)\.lora_([ab])$/) ?? [];
    if (base === undefined) continue;
    const found = model.header.tensors.get(base);
    if (found === undefined) throw refuse(`${base} in the model`, "no such tensor");
    const [size, own] = part === "a" ? [found.shape[0], shape[0]] : [found.shape[1], shape[1]];
    if (size !== own) throw refuse(`${name} of width ${size}`, String(own));
  }
}
