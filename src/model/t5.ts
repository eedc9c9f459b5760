/**
 * @file T5 (Raffel et al. 2020) as CodeT5 uses it: encoder, decoder and language-model head as graphs.
 * Reference: Hugging Face modeling_t5.py, Transformers 4.36. B batch, S source length, T target
 * length, L scored target positions, D model, H heads, K per head, F feed-forward, V vocabulary.
 */
import {
  add,
  matMul,
  rangeOf,
  rmsNormalization,
  scoped,
  unsqueeze,
  type Value,
} from "../graph/index.ts";
import {
  causalMask,
  crossAttention,
  type Dropout,
  embedding,
  feedForward,
  gatedFeedForward,
  paddingMask,
  relativePositionBias,
  selfAttention,
} from "../nn/index.ts";
import type { ParameterSpec } from "./parameters.ts";
import type { T5Config } from "./t5-config.ts";

/** What every builder needs: the shape of the model, its weights by state-dict name, its dropout. */
export interface T5 {
  readonly config: T5Config;
  readonly weight: (name: string) => Value;
  readonly dropout: Dropout;
}

type Stack = "encoder" | "decoder";

/** Offsets of one stack: the encoder looks both ways. */
export function relativePositionOptions(config: T5Config, stack: Stack) {
  return {
    bidirectional: stack === "encoder",
    numBuckets: config.relativeAttentionNumBuckets,
    maxDistance: config.relativeAttentionMaxDistance,
  };
}

/**
 * All parameters in state-dict order, with the initial distributions of Hugging Face
 * `T5PreTrainedModel._init_weights`.
 */
export function t5Parameters(config: T5Config): ParameterSpec[] {
  const { vocabSize, dModel, initializerFactor: factor } = config;
  const specs = [normal("shared.weight", [vocabSize, dModel], factor)];
  for (const stack of ["encoder", "decoder"] as const)
    specs.push(...stackParameters(config, stack));
  if (!config.tieWordEmbeddings) specs.push(normal("lm_head.weight", [vocabSize, dModel], factor));
  return specs;
}

function normal(name: string, shape: readonly number[], std: number): ParameterSpec {
  return { name, shape, initializer: { kind: "normal", std } };
}

function normWeight(name: string, { dModel }: T5Config): ParameterSpec {
  return { name, shape: [dModel], initializer: { kind: "constant", value: 1 } };
}

function stackParameters(config: T5Config, stack: Stack): ParameterSpec[] {
  const layers = stack === "encoder" ? config.numLayers : config.numDecoderLayers;
  const blocks = Array.from({ length: layers }, (_, i) => blockParameters(config, stack, i));
  return [...blocks.flat(), normWeight(`${stack}.final_layer_norm.weight`, config)];
}

function blockParameters(config: T5Config, stack: Stack, block: number): ParameterSpec[] {
  const at = `${stack}.block.${block}.layer`;
  const specs = attentionParameters(config, `${at}.0.SelfAttention`);
  if (block === 0) specs.push(positionTable(config, `${at}.0.SelfAttention`));
  specs.push(normWeight(`${at}.0.layer_norm.weight`, config));
  if (stack === "decoder") {
    specs.push(...attentionParameters(config, `${at}.1.EncDecAttention`));
    specs.push(normWeight(`${at}.1.layer_norm.weight`, config));
  }
  const last = stack === "decoder" ? 2 : 1;
  specs.push(...feedForwardParameters(config, `${at}.${last}.DenseReluDense`));
  specs.push(normWeight(`${at}.${last}.layer_norm.weight`, config));
  return specs;
}

function attentionParameters(config: T5Config, at: string): ParameterSpec[] {
  const { dModel, dKv, numHeads, initializerFactor: factor } = config;
  const inner = numHeads * dKv;
  return [
    normal(`${at}.q.weight`, [inner, dModel], factor * (dModel * dKv) ** -0.5),
    normal(`${at}.k.weight`, [inner, dModel], factor * dModel ** -0.5),
    normal(`${at}.v.weight`, [inner, dModel], factor * dModel ** -0.5),
    normal(`${at}.o.weight`, [dModel, inner], factor * inner ** -0.5),
  ];
}

function positionTable(config: T5Config, at: string): ParameterSpec {
  const { relativeAttentionNumBuckets, numHeads, dModel, initializerFactor: factor } = config;
  const shape = [relativeAttentionNumBuckets, numHeads];
  return normal(`${at}.relative_attention_bias.weight`, shape, factor * dModel ** -0.5);
}

function feedForwardParameters(config: T5Config, at: string): ParameterSpec[] {
  const { dModel, dFf, isGated, initializerFactor: factor } = config;
  const wi = isGated ? ["wi_0", "wi_1"] : ["wi"];
  return [
    ...wi.map((name) => normal(`${at}.${name}.weight`, [dFf, dModel], factor * dModel ** -0.5)),
    normal(`${at}.wo.weight`, [dModel, dFf], factor * dFf ** -0.5),
  ];
}

/** A weight lookup within one layer. */
export function weightsAt({ weight }: T5, at: string): (suffix: string) => Value {
  return (suffix) => weight(`${at}.${suffix}`);
}

/** RMS norm with the weight at `name`. @param x [..., D] */
export function layerNorm({ config, weight }: T5, x: Value, name: string): Value {
  return rmsNormalization(x, weight(`${name}.weight`), config.layerNormEpsilon);
}

/** x + dropout(sublayer(norm(x))). @param at `encoder.block.0.layer.0`, for instance */
function residual(t5: T5, x: Value, at: string, sublayer: (normed: Value) => Value): Value {
  return scoped(at, () => {
    const output = sublayer(layerNorm(t5, x, `${at}.layer_norm`));
    return add(x, t5.dropout.apply(output, at));
  });
}

/** The feed-forward sub-layer's function, plain or gated as the config says. */
export function feedForwardAt(t5: T5, x: Value, at: string): Value {
  const weights = weightsAt(t5, `${at}.DenseReluDense`);
  const { isGated, activation } = t5.config;
  const layer = isGated ? gatedFeedForward : feedForward;
  return layer(x, { weights, activation, dropout: t5.dropout, site: `${at}.DenseReluDense` });
}

function attentionAt(t5: T5, at: string, bias: Value) {
  const { numHeads, dKv } = t5.config;
  return { weights: weightsAt(t5, at), numHeads, dKv, bias, dropout: t5.dropout, site: at };
}

/** Position bias plus mask of a stack's self-attention, computed once for all its layers. */
function selfAttentionBias(t5: T5, stack: Stack, hidden: Value, mask: Value): Value {
  return scoped(`${stack}.bias`, () => {
    const table = t5.weight(
      `${stack}.block.0.layer.0.SelfAttention.relative_attention_bias.weight`,
    );
    const positions = rangeOf(hidden, 1);
    const options = relativePositionOptions(t5.config, stack);
    return add(relativePositionBias(table, positions, positions, options), mask);
  });
}

/**
 * The encoder.
 * @param inputIds [B, S] int32
 * @param attentionMask [B, S] int32, 1 for tokens, 0 for padding
 * @returns [B, S, D] float32, after the final norm
 */
export function encode(t5: T5, inputIds: Value, attentionMask: Value): Value {
  const embedded = embedding(t5.weight("shared.weight"), inputIds);
  let hidden = t5.dropout.apply(embedded, "encoder.embed_tokens");
  const bias = selfAttentionBias(t5, "encoder", hidden, paddingMask(attentionMask));
  for (let block = 0; block < t5.config.numLayers; block++) {
    const at = `encoder.block.${block}.layer`;
    hidden = residual(t5, hidden, `${at}.0`, (x) => {
      return selfAttention(x, attentionAt(t5, `${at}.0.SelfAttention`, bias));
    });
    hidden = residual(t5, hidden, `${at}.1`, (x) => feedForwardAt(t5, x, `${at}.1`));
  }
  return finish(t5, "encoder", hidden);
}

/**
 * The decoder with teacher forcing.
 * @param decoderInputIds [B, T] int32, targets shifted right
 * @param encoderHidden [B, S, D] float32
 * @param attentionMask [B, S] int32, of the source
 * @param decoderAttentionMask [B, T] int32, of the target; all visible (but the future) when omitted
 * @returns [B, T, D] float32, after the final norm
 */
export function decode(
  t5: T5,
  decoderInputIds: Value,
  encoderHidden: Value,
  attentionMask: Value,
  decoderAttentionMask?: Value,
): Value {
  const embedded = embedding(t5.weight("shared.weight"), decoderInputIds);
  let hidden = t5.dropout.apply(embedded, "decoder.embed_tokens");
  const causal = unsqueeze(causalMask(hidden), [0, 1]);
  const mask = decoderAttentionMask ? add(causal, paddingMask(decoderAttentionMask)) : causal;
  const selfBias = selfAttentionBias(t5, "decoder", hidden, mask);
  const crossBias = paddingMask(attentionMask);
  for (let block = 0; block < t5.config.numDecoderLayers; block++) {
    const at = `decoder.block.${block}.layer`;
    hidden = residual(t5, hidden, `${at}.0`, (x) => {
      return selfAttention(x, attentionAt(t5, `${at}.0.SelfAttention`, selfBias));
    });
    hidden = residual(t5, hidden, `${at}.1`, (x) => {
      return crossAttention(
        x,
        encoderHidden,
        attentionAt(t5, `${at}.1.EncDecAttention`, crossBias),
      );
    });
    hidden = residual(t5, hidden, `${at}.2`, (x) => feedForwardAt(t5, x, `${at}.2`));
  }
  return finish(t5, "decoder", hidden);
}

function finish(t5: T5, stack: Stack, hidden: Value): Value {
  const normed = layerNorm(t5, hidden, `${stack}.final_layer_norm`);
  return t5.dropout.apply(normed, `${stack}.final_layer_norm`);
}

/**
 * The language-model head. With tied embeddings the state is scaled by D^-½ first, as T5 does; Transformers 5 has
 * models that are tied and not scaled, and its word for the scale (`scale_decoder_outputs`) decides.
 * @param hidden [..., D] float32
 * @returns [..., V] float32, unnormalised log-probabilities (nats)
 */
export function languageModelHead({ config, weight }: T5, hidden: Value): Value {
  return scoped("lm_head", () => {
    const words = weight(config.tieWordEmbeddings ? "shared.weight" : "lm_head.weight");
    const scale = config.scaleDecoderOutputs ? { alpha: config.dModel ** -0.5 } : {};
    return matMul(hidden, words, { transB: true, ...scale });
  });
}
