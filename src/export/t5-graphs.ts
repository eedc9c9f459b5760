/**
 * @file T5 in the graphs that transformers.js and Optimum run: an encoder, and a decoder of T new tokens
 * with or without a past of P. B batch, S source length, T new tokens, P past tokens, D model, H heads,
 * K per head, V vocabulary. Names of inputs and outputs: Optimum `TextSeq2SeqOnnxConfig`.
 */
import {
  add,
  buildGraph,
  cast,
  concat,
  constant,
  dimOf,
  type Graph,
  input,
  lessOrEqual,
  mul,
  nodesBehind,
  rangeOf,
  scalar,
  scoped,
  unsqueeze,
  type Value,
  where,
} from "../graph/index.ts";
import {
  encodeT5,
  feedForwardAt,
  layerNorm,
  type ParameterSpec,
  relativePositionOptions,
  type T5,
  type T5Config,
  weightsAt,
} from "../model/index.ts";
import {
  attend,
  embedding,
  linear,
  mostNegative,
  noDropout,
  paddingMask,
  projectHeads,
  relativePositionBias,
} from "../nn/index.ts";

/** Names of dimensions; transformers.js knows the batch by this one and takes 0 for others. */
const batch = "batch_size";
const sourceLength = "encoder_sequence_length";
const newTokens = "decoder_sequence_length";
const pastTokens = "past_decoder_sequence_length";

/** A graph whose parameters are its first inputs, under their state-dict names. */
function withParameters(
  name: string,
  specs: readonly ParameterSpec[],
  config: T5Config,
  build: (t5: T5) => { inputs: readonly Value[]; outputs: Readonly<Record<string, Value>> },
): Graph {
  const parameters = new Map(
    specs.map(({ name: key, shape }) => [key, input(key, "float32", shape)]),
  );
  const weight = (key: string) => parameters.get(key)!;
  const { inputs, outputs } = build({ config, weight, dropout: noDropout });
  const read = new Set(nodesBehind(Object.values(outputs)).flatMap((node) => node.inputs));
  const used = [...parameters.values()].filter((value) => read.has(value));
  return buildGraph({ name, inputs: [...used, ...inputs], outputs });
}

/** `input_ids`, `attention_mask` [B, S] int64 to `last_hidden_state` [B, S, D]. */
export function encoderGraph(config: T5Config, specs: readonly ParameterSpec[]): Graph {
  return withParameters("encoder", specs, config, (t5) => {
    const ids = input("input_ids", "int64", [batch, sourceLength]);
    const mask = input("attention_mask", "int64", [batch, sourceLength]);
    const last = encodeT5(t5, cast(ids, "int32"), cast(mask, "int32"));
    return { inputs: [ids, mask], outputs: { last_hidden_state: last } };
  });
}

/** Keys and values of one layer that a decoder is given. */
interface LayerPast {
  readonly key: Value;
  readonly value: Value;
  readonly encoderKey: Value;
  readonly encoderValue: Value;
}

/** What every layer of one decoder shares. */
interface DecoderContext {
  readonly t5: T5;
  readonly memory: Value;
  /** [1, H, T, P + T] */
  readonly selfBias: Value;
  /** [B, 1, 1, S] */
  readonly crossBias: Value;
}

/**
 * `input_ids` [B, T] int64, `encoder_attention_mask` [B, S] int64, `encoder_hidden_states` [B, S, D] and,
 * with a past, `past_key_values.N.decoder.*` [B, H, P, K] and `past_key_values.N.encoder.*` [B, H, S, K]
 * to `logits` [B, T, V] and `present.N.*`. With a past the encoder's are empty: they do not change, and
 * who runs the graph keeps those of the first step.
 */
export function decoderGraph(
  config: T5Config,
  specs: readonly ParameterSpec[],
  hasPast: boolean,
): Graph {
  const name = hasPast ? "with_past" : "without_past";
  return withParameters(name, specs, config, (t5) => {
    const { numDecoderLayers, dModel } = config;
    const ids = input("input_ids", "int64", [batch, newTokens]);
    const mask = input("encoder_attention_mask", "int64", [batch, sourceLength]);
    const memory = input("encoder_hidden_states", "float32", [batch, sourceLength, dModel]);
    const pasts = Array.from({ length: hasPast ? numDecoderLayers : 0 }, (_, i) => {
      return layerPast(config, i);
    });
    let hidden = embedding(t5.weight("shared.weight"), ids); // [B, T, D]
    const crossBias = paddingMask(cast(mask, "int32"));
    const selfBias = decoderBias(t5, hidden, pasts[0]?.key);
    const context = { t5, memory, selfBias, crossBias };
    const outputs: Record<string, Value> = {};
    for (let block = 0; block < numDecoderLayers; block++) {
      const layer = decoderLayer(context, hidden, block, pasts[block]);
      hidden = layer.hidden;
      Object.assign(outputs, presentOf(config, block, layer, hasPast));
    }
    const final = layerNorm(t5, hidden, "decoder.final_layer_norm");
    return {
      inputs: [ids, mask, memory, ...pasts.flatMap((past) => Object.values(past))],
      outputs: { logits: languageModelHead(t5, final), ...outputs },
    };
  });
}

function layerPast({ numHeads, dKv }: T5Config, block: number): LayerPast {
  const at = (role: string, length: string) =>
    input(`past_key_values.${block}.${role}`, "float32", [batch, numHeads, length, dKv]);
  return {
    key: at("decoder.key", pastTokens),
    value: at("decoder.value", pastTokens),
    encoderKey: at("encoder.key", sourceLength),
    encoderValue: at("encoder.value", sourceLength),
  };
}

/** Position bias and causal mask: new tokens stand behind the past. @returns [1, H, T, P + T] */
function decoderBias(t5: T5, hidden: Value, past: Value | undefined): Value {
  return scoped("decoder.bias", () => {
    const table = t5.weight("decoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight");
    const fresh = rangeOf(hidden, 1); // [T]
    const query = past === undefined ? fresh : add(fresh, dimOf(past, 2));
    const key = past === undefined ? fresh : concat([rangeOf(past, 2), query], 0); // [P + T]
    const bias = relativePositionBias(
      table,
      query,
      key,
      relativePositionOptions(t5.config, "decoder"),
    );
    const visible = lessOrEqual(unsqueeze(key, [0]), unsqueeze(query, [1])); // [T, P + T]
    return add(bias, where(visible, scalar(0), scalar(mostNegative)));
  });
}

interface Layer {
  readonly hidden: Value;
  /** [B, H, P + T, K] */
  readonly key: Value;
  readonly value: Value;
  /** [B, H, S, K] */
  readonly encoderKey: Value;
  readonly encoderValue: Value;
}

/** @param x [B, T, D] */
function decoderLayer(
  { t5, memory, selfBias, crossBias }: DecoderContext,
  x: Value,
  block: number,
  past: LayerPast | undefined,
): Layer {
  const at = `decoder.block.${block}.layer`;
  const { config } = t5;
  return scoped(at, () => {
    const self = weightsAt(t5, `${at}.0.SelfAttention`);
    const normed = layerNorm(t5, x, `${at}.0.layer_norm`);
    const [query, newKey, newValue] = ["q", "k", "v"].map((name) => {
      return projectHeads(normed, self(`${name}.weight`), config);
    }) as [Value, Value, Value];
    const key = past === undefined ? newKey : concat([past.key, newKey], 2);
    const value = past === undefined ? newValue : concat([past.value, newValue], 2);
    const seen = attend(query, key, value, selfBias, noDropout, at);
    const afterSelf = add(x, linear(seen, self("o.weight")));

    const cross = weightsAt(t5, `${at}.1.EncDecAttention`);
    const asked = layerNorm(t5, afterSelf, `${at}.1.layer_norm`);
    const crossQuery = projectHeads(asked, cross("q.weight"), config);
    const encoderKey = past?.encoderKey ?? projectHeads(memory, cross("k.weight"), config);
    const encoderValue = past?.encoderValue ?? projectHeads(memory, cross("v.weight"), config);
    const read = attend(crossQuery, encoderKey, encoderValue, crossBias, noDropout, at);
    const afterCross = add(afterSelf, linear(read, cross("o.weight")));

    const fed = feedForwardAt(t5, layerNorm(t5, afterCross, `${at}.2.layer_norm`), `${at}.2`);
    return { hidden: add(afterCross, fed), key, value, encoderKey, encoderValue };
  });
}

function presentOf(
  { numHeads, dKv }: T5Config,
  block: number,
  layer: Layer,
  hasPast: boolean,
): Record<string, Value> {
  const empty = constant(new Float32Array(0), [0, numHeads, 1, dKv]);
  return {
    [`present.${block}.decoder.key`]: layer.key,
    [`present.${block}.decoder.value`]: layer.value,
    [`present.${block}.encoder.key`]: hasPast ? empty : layer.encoderKey,
    [`present.${block}.encoder.value`]: hasPast ? empty : layer.encoderValue,
  };
}

/** The state is scaled first where embeddings are tied, as modeling_t5.py does. @returns [B, T, V] */
function languageModelHead({ config, weight }: T5, hidden: Value): Value {
  return scoped("lm_head", () => {
    const words = weight(config.tieWordEmbeddings ? "shared.weight" : "lm_head.weight");
    return linear(config.scaleDecoderOutputs ? mul(hidden, config.dModel ** -0.5) : hidden, words);
  });
}
