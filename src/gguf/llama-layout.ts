/**
 * @file Llama and Mistral as llama.cpp's architecture `llama`: names, sizes, and rows of q and k in another order.
 * Source: llama.cpp convert_hf_to_gguf.py `LlamaModel`; gguf-py tensor_mapping.py.
 */
import { ConfigError, type Tensor } from "../base/index.ts";
import { familyOf, type LlamaConfig, type ModelSpec } from "../model/index.ts";
import { rotaryFrequencies } from "../nn/index.ts";
import type { GgufMetadata } from "./write-gguf.ts";

/** A model whose weights may be read as they are asked for. */
export type GgufSource = Pick<ModelSpec, "modelType" | "config" | "head"> & {
  readonly weights: ReadonlyMap<string, Tensor>;
};

/** @throws ConfigError `export.model` for a model that the architecture does not compute */
export function llamaConfigOf({ modelType, config, head }: GgufSource): LlamaConfig {
  const isLlama = modelType === "llama" || modelType === "mistral";
  if (!isLlama || head !== "generation") {
    throw unsuitable("llama or mistral, generation", `${modelType}, ${head}`);
  }
  const llama = config as LlamaConfig;
  if (llama.hiddenAct !== "silu") throw unsuitable("hidden_act silu", llama.hiddenAct);
  return llama;
}

function unsuitable(expected: string, got: string): ConfigError {
  const details = { expected, got, help: "--format huggingface writes any model" };
  return new ConfigError("export.model", "llama.cpp has no architecture for it here", details);
}

const wholeNames: Readonly<Record<string, string>> = {
  "model.embed_tokens": "token_embd",
  "model.norm": "output_norm",
  lm_head: "output",
};

const layerNames: Readonly<Record<string, string>> = {
  "self_attn.q_proj": "attn_q",
  "self_attn.k_proj": "attn_k",
  "self_attn.v_proj": "attn_v",
  "self_attn.o_proj": "attn_output",
  "mlp.gate_proj": "ffn_gate",
  "mlp.up_proj": "ffn_up",
  "mlp.down_proj": "ffn_down",
  input_layernorm: "attn_norm",
  post_attention_layernorm: "ffn_norm",
};

/** llama.cpp's name of a module. @param module state-dict name without `.weight` or `.bias` */
export function ggufModule(module: string): string {
  const [, layer, inLayer = ""] = /^model\.layers\.(\d+)\.(.+)$/.exec(module) ?? [];
  return layer === undefined ? wholeNames[module]! : `blk.${layer}.${layerNames[inLayer]!}`;
}

/** Heads whose rows change places in a module; undefined: none do. */
export function rotatedHeads(module: string, config: LlamaConfig): number | undefined {
  if (module.endsWith(".q_proj")) return config.numAttentionHeads;
  return module.endsWith(".k_proj") ? config.numKeyValueHeads : undefined;
}

/**
 * llama.cpp rotates neighbours, Hugging Face halves: rows [H, 2, K/2] become [H, K/2, 2].
 * @param tensor a matrix [H*K, width], or a bias [H*K]
 */
export function interleaved({ shape, data }: Tensor, heads: number): Float32Array {
  const [rows, width = 1] = shape as readonly [number, number?];
  const half = rows / heads / 2;
  const result = new Float32Array(data.length);
  for (let row = 0; row < rows; row++) {
    const inHead = row % (2 * half);
    const to = row - inHead + (inHead % half) * 2 + Math.floor(inHead / half);
    result.set(data.subarray(row * width, (row + 1) * width), to * width);
  }
  return result;
}

/** What the file says of the architecture. */
export function llamaMetadata(source: GgufSource): GgufMetadata {
  const config = llamaConfigOf(source);
  const { ropeScaling, slidingWindow } = config;
  const { maxPositions } = familyOf(source.modelType).decoding!.body!(config);
  return {
    "llama.vocab_size": config.vocabSize,
    // the architecture has no window: within one it computes the same
    "llama.context_length": Math.min(maxPositions, slidingWindow ?? maxPositions),
    "llama.embedding_length": config.hiddenSize,
    "llama.block_count": config.numHiddenLayers,
    "llama.feed_forward_length": config.intermediateSize,
    "llama.attention.head_count": config.numAttentionHeads,
    "llama.attention.head_count_kv": config.numKeyValueHeads,
    "llama.attention.key_length": config.headDim,
    "llama.attention.value_length": config.headDim,
    "llama.attention.layer_norm_rms_epsilon": { f32: config.rmsNormEps },
    "llama.rope.dimension_count": config.headDim,
    "llama.rope.freq_base": { f32: config.ropeTheta },
    ...(ropeScaling.kind === "linear"
      ? {
          "llama.rope.scaling.type": "linear",
          "llama.rope.scaling.factor": { f32: ropeScaling.factor },
        }
      : {}),
  };
}

/**
 * What Llama 3.1 divides each frequency by, as a tensor of the file.
 * @returns [K / 2] float32; undefined for other scalings
 */
export function frequencyFactors(config: LlamaConfig): Float32Array | undefined {
  const { headDim, ropeTheta, ropeScaling } = config;
  if (ropeScaling.kind !== "llama3") return undefined;
  const plain = rotaryFrequencies(headDim, ropeTheta, { kind: "none" });
  const scaled = rotaryFrequencies(headDim, ropeTheta, ropeScaling);
  return Float32Array.from(plain, (frequency, i) => frequency / scaled[i]!);
}
