/** @file GGUF files for tests: any metadata and tensors, and a Llama of ours as llama.cpp wants it. */
import { writeFileSync } from "node:fs";
import type { Tensor } from "../base/index.ts";
import type { Model } from "../model/index.ts";
import type { Tokenizer } from "../tokenizer/index.ts";

type Scalar = string | number | boolean | { readonly f32: number };
type Value = Scalar | readonly string[] | Int32Array;

/** A tensor in ggml's order of dimensions, float32. */
interface Stored {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

const alignment = 32;

export function ggufBytes(
  metadata: Readonly<Record<string, Value>>,
  tensors: Readonly<Record<string, Stored>> = {},
): Buffer {
  const parts: Buffer[] = [];
  const uint32 = (value: number) => void parts.push(Buffer.from(Uint32Array.of(value).buffer));
  const uint64 = (value: number) =>
    void parts.push(Buffer.from(BigUint64Array.of(BigInt(value)).buffer));
  const string = (text: string) => {
    const bytes = Buffer.from(text);
    uint64(bytes.length);
    parts.push(bytes);
  };
  parts.push(Buffer.from("GGUF"));
  uint32(3);
  uint64(Object.keys(tensors).length);
  uint64(Object.keys(metadata).length);
  for (const [key, value] of Object.entries(metadata)) {
    string(key);
    if (typeof value === "string") {
      uint32(8);
      string(value);
    } else if (typeof value === "number") {
      uint32(4);
      uint32(value);
    } else if (typeof value === "boolean") {
      uint32(7);
      parts.push(Buffer.of(value ? 1 : 0));
    } else if (value instanceof Int32Array) {
      uint32(9);
      uint32(5);
      uint64(value.length);
      parts.push(Buffer.from(value.buffer));
    } else if ("f32" in value) {
      uint32(6);
      parts.push(Buffer.from(Float32Array.of(value.f32).buffer));
    } else {
      uint32(9);
      uint32(8);
      uint64(value.length);
      for (const text of value) string(text);
    }
  }
  let offset = 0;
  for (const [name, { shape, data }] of Object.entries(tensors)) {
    string(name);
    uint32(shape.length);
    for (const size of shape) uint64(size);
    uint32(0);
    uint64(offset);
    offset += Math.ceil(data.byteLength / alignment) * alignment;
  }
  const pad = (bytes: number) =>
    parts.push(Buffer.alloc((alignment - (bytes % alignment)) % alignment));
  pad(parts.reduce((sum, { length }) => sum + length, 0));
  for (const { data } of Object.values(tensors)) {
    parts.push(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
    pad(data.byteLength);
  }
  return Buffer.concat(parts);
}

interface LlamaSizes {
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly numHiddenLayers: number;
  readonly numAttentionHeads: number;
  readonly numKeyValueHeads: number;
  readonly headDim: number;
  readonly maxPositionEmbeddings: number;
  readonly rmsNormEps: number;
  readonly ropeTheta: number;
}

/** Hugging Face's names to llama.cpp's, within a layer. */
const layerNames = {
  "self_attn.q_proj": "attn_q",
  "self_attn.k_proj": "attn_k",
  "self_attn.v_proj": "attn_v",
  "self_attn.o_proj": "attn_output",
  "mlp.gate_proj": "ffn_gate",
  "mlp.up_proj": "ffn_up",
  "mlp.down_proj": "ffn_down",
  input_layernorm: "attn_norm",
  post_attention_layernorm: "ffn_norm",
} as const;

/** Write a Llama in float32. llama.cpp rotates neighbours, Hugging Face halves: rows of q and k change places. */
export function writeLlamaGguf(path: string, model: Model, tokenizer: Tokenizer): void {
  const config = model.config as unknown as LlamaSizes;
  const tensor = (name: string) => model.weights.get(name) as Tensor & { data: Float32Array };
  const stored = ({ shape, data }: { shape: readonly number[]; data: Float32Array }): Stored => {
    return { shape: [...shape].reverse(), data };
  };
  const tensors: Record<string, Stored> = {
    "token_embd.weight": stored(tensor("model.embed_tokens.weight")),
    "output_norm.weight": stored(tensor("model.norm.weight")),
    "output.weight": stored(tensor("lm_head.weight")),
  };
  for (let layer = 0; layer < config.numHiddenLayers; layer++) {
    for (const [theirs, ours] of Object.entries(layerNames)) {
      const weight = tensor(`model.layers.${layer}.${theirs}.weight`);
      const heads = { attn_q: config.numAttentionHeads, attn_k: config.numKeyValueHeads }[
        ours as "attn_q"
      ];
      const data = heads === undefined ? weight.data : interleaved(weight, heads);
      tensors[`blk.${layer}.${ours}.weight`] = stored({ shape: weight.shape, data });
    }
  }
  writeFileSync(path, ggufBytes({ ...sizes(config), ...vocabulary(tokenizer) }, tensors));
}

/** [H, 2, K/2, D] to [H, K/2, 2, D]. Source: llama.cpp convert_hf_to_gguf.py `permute`. */
function interleaved({ shape, data }: Tensor, heads: number): Float32Array {
  const [rows, width] = shape as [number, number];
  const half = rows / heads / 2;
  const result = new Float32Array(data.length);
  for (let row = 0; row < rows; row++) {
    const head = Math.floor(row / (2 * half));
    const inHead = row % (2 * half);
    const to = head * 2 * half + (inHead % half) * 2 + Math.floor(inHead / half);
    result.set((data as Float32Array).subarray(row * width, (row + 1) * width), to * width);
  }
  return result;
}

function sizes(config: LlamaSizes): Record<string, Value> {
  return {
    "general.architecture": "llama",
    "general.name": "random",
    "llama.block_count": config.numHiddenLayers,
    "llama.context_length": config.maxPositionEmbeddings,
    "llama.embedding_length": config.hiddenSize,
    "llama.feed_forward_length": config.intermediateSize,
    "llama.attention.head_count": config.numAttentionHeads,
    "llama.attention.head_count_kv": config.numKeyValueHeads,
    "llama.attention.key_length": config.headDim,
    "llama.attention.value_length": config.headDim,
    "llama.rope.dimension_count": config.headDim,
    "llama.attention.layer_norm_rms_epsilon": { f32: config.rmsNormEps },
    "llama.rope.freq_base": { f32: config.ropeTheta },
    "general.file_type": 0,
  };
}

function vocabulary(tokenizer: Tokenizer): Record<string, Value> {
  const { merges } = tokenizer.definition;
  const ids = Array.from({ length: tokenizer.vocabSize }, (_, id) => id);
  const isControl = (id: number) => tokenizer.isSpecial(id);
  return {
    "tokenizer.ggml.model": "gpt2",
    "tokenizer.ggml.pre": "gpt-2",
    "tokenizer.ggml.tokens": ids.map((id) => tokenizer.idToToken(id) ?? `<unused${id}>`),
    "tokenizer.ggml.token_type": Int32Array.from(ids, (id) => (isControl(id) ? 3 : 1)),
    "tokenizer.ggml.merges": merges.map(([left, right]) => `${left} ${right}`),
    "tokenizer.ggml.bos_token_id": tokenizer.bosId ?? 0,
    "tokenizer.ggml.eos_token_id": tokenizer.eosId ?? 0,
    "tokenizer.ggml.add_bos_token": false,
  };
}
