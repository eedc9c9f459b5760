/** @file T5's configuration: Hugging Face's `config.json` in, our camelCase names out, and back. */
import { z } from "zod";
import { ConfigError, describeIssue } from "../base/index.ts";
import type { ActivationName } from "../nn/index.ts";

/** Generous: far above any model, low enough that a damaged file cannot ask for endless work. */
const most = { size: 2 ** 24, layers: 1000, maxDistance: 2 ** 20, matrix: 2 ** 31 } as const;

const size = z.number().int().positive().max(most.size);
const layers = size.max(most.layers);
const tokenId = z.number().int().nonnegative();

/** The keys of `config.json` that decide the architecture; others are carried along unread. */
const t5ConfigKeys = z.looseObject({
  model_type: z.literal("t5").default("t5"),
  vocab_size: size,
  d_model: size,
  d_kv: size,
  d_ff: size,
  num_layers: layers,
  num_decoder_layers: layers.nullish(),
  num_heads: size,
  relative_attention_num_buckets: size.min(4).max(most.maxDistance).default(32),
  relative_attention_max_distance: size.max(most.maxDistance).default(128),
  dropout_rate: z.number().min(0).lt(1).default(0.1),
  layer_norm_epsilon: z.number().positive().default(1e-6),
  initializer_factor: z.number().positive().default(1),
  feed_forward_proj: z.string().default("relu"),
  tie_word_embeddings: z.boolean().default(true),
  scale_decoder_outputs: z.boolean().optional(),
  pad_token_id: tokenId.default(0),
  bos_token_id: tokenId.nullish(),
  eos_token_id: z.union([tokenId, z.array(tokenId).min(1)]).default(1),
  decoder_start_token_id: tokenId.nullish(),
  n_positions: size.nullish(),
});

const tooLarge = `a matrix of at most ${most.matrix} values with d_model`;

/** Keys that must fit each other: matrices can be held, buckets reach past the exact distances, special ids exist. */
const t5ConfigFile = t5ConfigKeys
  .refine(
    (file) => {
      const exact = Math.floor(file.relative_attention_num_buckets / 2);
      return file.relative_attention_max_distance > exact;
    },
    fits("relative_attention_max_distance", "above half the number of buckets"),
  )
  .refine((file) => file.vocab_size * file.d_model <= most.matrix, fits("vocab_size", tooLarge))
  .refine((file) => file.d_ff * file.d_model <= most.matrix, fits("d_ff", tooLarge))
  .refine(
    (file) => file.num_heads * file.d_kv * file.d_model <= most.matrix,
    fits("num_heads", tooLarge),
  )
  .refine((file) => file.pad_token_id < file.vocab_size, fits("pad_token_id", "below vocab_size"))
  .refine(
    (file) => (file.decoder_start_token_id ?? 0) < file.vocab_size,
    fits("decoder_start_token_id", "below vocab_size"),
  );

function fits(key: string, expected: string) {
  return { path: [key], message: `expected ${expected}` };
}

/** A T5 architecture; the names are Hugging Face's `T5Config`, camelCased. */
export interface T5Config {
  readonly vocabSize: number;
  readonly dModel: number;
  readonly dKv: number;
  readonly dFf: number;
  readonly numLayers: number;
  readonly numDecoderLayers: number;
  readonly numHeads: number;
  readonly relativeAttentionNumBuckets: number;
  readonly relativeAttentionMaxDistance: number;
  readonly dropoutRate: number;
  readonly layerNormEpsilon: number;
  readonly initializerFactor: number;
  readonly activation: ActivationName;
  readonly isGated: boolean;
  readonly tieWordEmbeddings: boolean;
  /** States are scaled by D^-½ before the vocabulary: with tied embeddings, unless Transformers 5 says otherwise. */
  readonly scaleDecoderOutputs: boolean;
  readonly padTokenId: number;
  readonly bosTokenId?: number;
  readonly eosTokenId: number | readonly number[];
  readonly decoderStartTokenId: number;
  /** Longest input the model was trained for, tokens: informative, T5 has no absolute positions. */
  readonly maxLength?: number;
}

/** `feed_forward_proj` values and what they mean. "gated-gelu" is gelu_new for T5's sake (HF). */
const projections: Readonly<Record<string, Pick<T5Config, "activation" | "isGated">>> = {
  relu: { activation: "relu", isGated: false },
  gelu: { activation: "gelu", isGated: false },
  gelu_new: { activation: "gelu_new", isGated: false },
  silu: { activation: "silu", isGated: false },
  "gated-relu": { activation: "relu", isGated: true },
  "gated-gelu": { activation: "gelu_new", isGated: true },
  "gated-gelu_new": { activation: "gelu_new", isGated: true },
  "gated-silu": { activation: "silu", isGated: true },
};

/**
 * Read a T5 `config.json`.
 * @param where file named in errors
 * @throws ConfigError `config.t5` naming the first key that is missing or out of range
 */
export function parseT5Config(json: unknown, where: string): T5Config {
  const parsed = t5ConfigFile.safeParse(json);
  if (!parsed.success) throw invalidConfig(parsed.error, json, where);
  const file = parsed.data;
  const projection = Object.entries(projections).find(([n]) => n === file.feed_forward_proj)?.[1];
  if (projection === undefined) {
    throw new ConfigError("config.t5", "unknown feed_forward_proj", {
      expected: Object.keys(projections).join(", "),
      got: file.feed_forward_proj,
      where,
    });
  }
  return {
    ...projection,
    vocabSize: file.vocab_size,
    dModel: file.d_model,
    dKv: file.d_kv,
    dFf: file.d_ff,
    numLayers: file.num_layers,
    numDecoderLayers: file.num_decoder_layers ?? file.num_layers,
    numHeads: file.num_heads,
    relativeAttentionNumBuckets: file.relative_attention_num_buckets,
    relativeAttentionMaxDistance: file.relative_attention_max_distance,
    dropoutRate: file.dropout_rate,
    layerNormEpsilon: file.layer_norm_epsilon,
    initializerFactor: file.initializer_factor,
    tieWordEmbeddings: file.tie_word_embeddings,
    scaleDecoderOutputs: file.scale_decoder_outputs ?? file.tie_word_embeddings,
    padTokenId: file.pad_token_id,
    ...(file.bos_token_id == null ? {} : { bosTokenId: file.bos_token_id }),
    eosTokenId: file.eos_token_id,
    decoderStartTokenId: file.decoder_start_token_id ?? file.pad_token_id,
    ...(file.n_positions == null ? {} : { maxLength: file.n_positions }),
  };
}

/**
 * What a checkpoint's names say beyond its `config.json`: Transformers 5 calls every T5 tied, and one that has a
 * `lm_head.weight` of its own is not.
 */
export function t5ConfigOfCheckpoint(
  json: Readonly<Record<string, unknown>>,
  names: ReadonlySet<string>,
): Readonly<Record<string, unknown>> {
  const isOwn = json?.scale_decoder_outputs === false && names.has("lm_head.weight");
  return isOwn ? { ...json, tie_word_embeddings: false } : json;
}

function invalidConfig(error: z.ZodError, json: unknown, where: string): ConfigError {
  const issue = error.issues[0]!;
  const key = issue.path.join(".") || "not an object";
  return new ConfigError(
    "config.t5",
    `bad model config: ${key}`,
    { ...describeIssue(issue, json), where, help: "it is to be a Hugging Face T5 config.json" },
    error,
  );
}

/** `config.json` content that Hugging Face Transformers loads as the same T5. */
export function t5ConfigToJson(config: T5Config): Record<string, unknown> {
  const projection = Object.entries(projections).find(([, { activation, isGated }]) => {
    return activation === config.activation && isGated === config.isGated;
  });
  return {
    architectures: ["T5ForConditionalGeneration"],
    model_type: "t5",
    is_encoder_decoder: true,
    vocab_size: config.vocabSize,
    d_model: config.dModel,
    d_kv: config.dKv,
    d_ff: config.dFf,
    num_layers: config.numLayers,
    num_decoder_layers: config.numDecoderLayers,
    num_heads: config.numHeads,
    relative_attention_num_buckets: config.relativeAttentionNumBuckets,
    relative_attention_max_distance: config.relativeAttentionMaxDistance,
    dropout_rate: config.dropoutRate,
    layer_norm_epsilon: config.layerNormEpsilon,
    initializer_factor: config.initializerFactor,
    feed_forward_proj: projection![0],
    tie_word_embeddings: config.tieWordEmbeddings,
    ...(config.scaleDecoderOutputs === config.tieWordEmbeddings
      ? {}
      : { scale_decoder_outputs: config.scaleDecoderOutputs }),
    pad_token_id: config.padTokenId,
    ...(config.bosTokenId === undefined ? {} : { bos_token_id: config.bosTokenId }),
    eos_token_id: config.eosTokenId,
    decoder_start_token_id: config.decoderStartTokenId,
    ...(config.maxLength === undefined ? {} : { n_positions: config.maxLength }),
    torch_dtype: "float32",
  };
}

/** The eos id that ends targets (the first when there are several). */
export function firstEosTokenId({ eosTokenId }: T5Config): number {
  return typeof eosTokenId === "number" ? eosTokenId : eosTokenId[0]!;
}
