/**
 * @file T5 one token at a time, with cached keys and values. Two graphs: `encodeForDecoding` runs
 * once per batch, `decodeStep` once per token.
 *
 * B examples, G rows (beams) per example, C cache slots per example. The G rows of an example are the
 * queries of one attention: they share its encoder memory and its slots, each of which holds a token
 * of some row. A mask says which slots are a row's past, so re-ordering beams moves no memory.
 */
import {
  add,
  concat,
  input,
  logSoftmax,
  matMul,
  mul,
  reduceSum,
  scoped,
  slice,
  softmax,
  type Value,
} from "../graph/index.ts";
import {
  embedding,
  linear,
  mergeHeads,
  paddingMask,
  projectHeads,
  relativePositionBias,
} from "../nn/index.ts";
import type { Fragment } from "./architecture.ts";
import {
  encode,
  feedForwardAt,
  languageModelHead,
  layerNorm,
  relativePositionOptions,
  type T5,
  weightsAt,
} from "./t5.ts";

/** Names of cross-attention's keys and values, without their layer. */
export const crossMemory = { key: "cross_key.", value: "cross_value." } as const;
/** The same of self-attention's. */
const pastMemory = { key: "past_key.", value: "past_value." } as const;

/** The encoder and every decoder layer's cross-attention keys and values, each [B, H, S, K]. */
export function encodeForDecoding(t5: T5): Fragment {
  const inputIds = input("input_ids", "int32", ["B", "S"]);
  const attentionMask = input("attention_mask", "int32", ["B", "S"]);
  const memory = encode(t5, inputIds, attentionMask);
  const outputs: Record<string, Value> = {};
  for (let block = 0; block < t5.config.numDecoderLayers; block++) {
    const weights = weightsAt(t5, `decoder.block.${block}.layer.1.EncDecAttention`);
    const { key, value } = crossMemory;
    outputs[`${key}${block}`] = projectHeads(memory, weights("k.weight"), t5.config);
    outputs[`${value}${block}`] = projectHeads(memory, weights("v.weight"), t5.config);
  }
  return { inputs: [inputIds, attentionMask], outputs };
}

/** One layer's inputs from outside the step. */
interface LayerCache {
  readonly pastKey: Value;
  readonly pastValue: Value;
  readonly crossKey: Value;
  readonly crossValue: Value;
}

/**
 * One decoding step. Inputs: `ids` [B, G] the newest tokens; `position` [1] their position;
 * `slot_positions` [B, C] the step of each cache slot; `ancestors` [B, 1, G, C] additive mask;
 * `attention_mask` [B, S]; per layer `past_*` [B, H, C, K] and `cross_*` [B, H, S, K].
 * Outputs: `log_probabilities` [B, G, V] and per layer `new_key.i`, `new_value.i` [B, H, G, K].
 */
export function decodeStep(t5: T5): Fragment {
  const { config } = t5;
  const ids = input("ids", "int32", ["B", "G"]);
  const position = input("position", "int64", [1]);
  const slotPositions = input("slot_positions", "int64", ["B", "C"]);
  const ancestors = input("ancestors", "float32", ["B", 1, "G", "C"]);
  const attentionMask = input("attention_mask", "int32", ["B", "S"]);
  const caches = Array.from({ length: config.numDecoderLayers }, (_, i) => layerCache(t5, i));
  const bias = stepBias(t5, position, slotPositions, ancestors, paddingMask(attentionMask));
  const outputs: Record<string, Value> = {};
  let hidden = embedding(t5.weight("shared.weight"), ids); // [B, G, D]
  caches.forEach((cache, block) => {
    const layer = decodeLayer(t5, hidden, block, cache, bias);
    hidden = layer.hidden;
    outputs[`new_key.${block}`] = layer.key;
    outputs[`new_value.${block}`] = layer.value;
  });
  const final = layerNorm(t5, hidden, "decoder.final_layer_norm");
  outputs.log_probabilities = logSoftmax(languageModelHead(t5, final));
  const inputs = [ids, position, slotPositions, ancestors, attentionMask];
  return { inputs: [...inputs, ...caches.flatMap((cache) => Object.values(cache))], outputs };
}

function layerCache({ config }: T5, block: number): LayerCache {
  const { numHeads, dKv } = config;
  const cached = (name: string, length: string) =>
    input(`${name}${block}`, "float32", ["B", numHeads, length, dKv]);
  const [pastKey, pastValue] = [cached(pastMemory.key, "C"), cached(pastMemory.value, "C")];
  const [crossKey, crossValue] = [cached(crossMemory.key, "S"), cached(crossMemory.value, "S")];
  return { pastKey, pastValue, crossKey, crossValue };
}

/** What is added to scores: on cached slots, on the token itself, on the encoder's memory. */
interface StepBias {
  readonly past: Value;
  readonly self: Value;
  readonly cross: Value;
}

function stepBias(
  t5: T5,
  position: Value,
  slotPositions: Value,
  ancestors: Value,
  cross: Value,
): StepBias {
  const table = t5.weight("decoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight");
  const options = relativePositionOptions(t5.config, "decoder");
  const past = relativePositionBias(table, position, slotPositions, options); // [B, H, 1, C]
  const self = relativePositionBias(table, position, position, options); // [1, H, 1, 1]
  return { past: add(past, ancestors), self, cross };
}

function decodeLayer(t5: T5, input: Value, block: number, cache: LayerCache, bias: StepBias) {
  const at = `decoder.block.${block}.layer`;
  return scoped(at, () => {
    const normed = layerNorm(t5, input, `${at}.0.layer_norm`);
    const self = cachedSelfAttention(t5, normed, `${at}.0.SelfAttention`, cache, bias);
    const afterSelf = add(input, self.output);
    const queries = layerNorm(t5, afterSelf, `${at}.1.layer_norm`);
    const cross = memoryAttention(t5, queries, `${at}.1.EncDecAttention`, cache, bias);
    const afterCross = add(afterSelf, cross);
    const fed = feedForwardAt(t5, layerNorm(t5, afterCross, `${at}.2.layer_norm`), `${at}.2`);
    return { hidden: add(afterCross, fed), key: self.key, value: self.value };
  });
}

/** Attention over the ancestors' slots and the token itself. @param x [B, G, D] */
function cachedSelfAttention(t5: T5, x: Value, at: string, cache: LayerCache, bias: StepBias) {
  const weights = weightsAt(t5, at);
  const [query, key, value] = ["q.weight", "k.weight", "v.weight"].map((suffix) => {
    return projectHeads(x, weights(suffix), t5.config);
  }) as [Value, Value, Value]; // [B, H, G, K]
  const pastScores = add(matMul(query, cache.pastKey, { transB: true }), bias.past);
  const selfScore = add(reduceSum(mul(query, key), [-1], true), bias.self); // [B, H, G, 1]
  const attention = softmax(concat([pastScores, selfScore], 3));
  const past = matMul(slice(attention, 3, 0, -1), cache.pastValue);
  const context = add(past, mul(slice(attention, 3, -1), value));
  return { output: linear(mergeHeads(context), weights("o.weight")), key, value };
}

/** Attention over the encoder's memory: all rows of an example are queries of one product. */
function memoryAttention(t5: T5, x: Value, at: string, cache: LayerCache, bias: StepBias): Value {
  const weights = weightsAt(t5, at);
  const query = projectHeads(x, weights("q.weight"), t5.config);
  const scores = add(matMul(query, cache.crossKey, { transB: true }), bias.cross);
  const context = matMul(softmax(scores), cache.crossValue);
  return linear(mergeHeads(context), weights("o.weight"));
}
