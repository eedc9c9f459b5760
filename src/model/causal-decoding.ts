/**
 * @file Decoder-only models one token at a time. Two graphs: `promptGraph` reads the prompts, once per batch;
 * `stepGraph` runs once per token. The prompt's keys and values lie in the same cache as those of new tokens,
 * where all rows (beams) of an example share them.
 * B examples, G rows per example, S prompt length, C cache slots, J key and value heads, K per head.
 */
import { DataError, type NdArray } from "../base/index.ts";
import {
  add,
  concat,
  input,
  logSoftmax,
  matMul,
  min,
  mul,
  reduceSum,
  slice,
  softmax,
  unsqueeze,
  type Value,
  where,
} from "../graph/index.ts";
import {
  attendInGroups,
  causalPaddingMask,
  isInWindow,
  mergeGroups,
  mostNegative,
  noDropout,
  statesAt,
} from "../nn/index.ts";
import type { Batch, Fragment } from "./architecture.ts";
import { CachedDecoder, type DecodingSessions } from "./cached-decoder.ts";
import type { Attend, CausalBody, Projected } from "./causal-body.ts";
import { padIds, padMask } from "./collate.ts";
import type { Prompt } from "./family.ts";
import type { Decoder } from "./generation/index.ts";

type Weight = (name: string) => Value;

/**
 * Prompts, all at once. Inputs: `input_ids`, `attention_mask` [B, S] int32, `position_ids` [B, S] int64,
 * `last_positions` [B] int32. Outputs: `log_probabilities` [B, V] of the token after each prompt, and per layer
 * `key.i`, `value.i` [B, J, S, K].
 */
export function promptGraph(body: CausalBody, weight: Weight): Fragment {
  const inputIds = input("input_ids", "int32", ["B", "S"]);
  const attentionMask = input("attention_mask", "int32", ["B", "S"]);
  const positionIds = input("position_ids", "int64", ["B", "S"]);
  const lastPositions = input("last_positions", "int32", ["B"]);
  const bias = causalPaddingMask(positionIds, attentionMask, body.slidingWindow);
  const outputs: Record<string, Value> = {};
  const states = body.states({
    ids: inputIds,
    positions: positionIds,
    weight,
    dropout: noDropout,
    attend: (layer, projected, options) => {
      outputs[`key.${layer}`] = projected.key;
      outputs[`value.${layer}`] = projected.value;
      return attendInGroups(projected, bias, { ...options, dropout: noDropout });
    },
  });
  outputs.log_probabilities = logSoftmax(body.logits(statesAt(states, lastPositions), weight));
  return { inputs: [inputIds, attentionMask, positionIds, lastPositions], outputs };
}

/**
 * One token of every row. Inputs: `ids` [B, G] int32; `position` [1] int64, tokens since the prompt;
 * `start_positions` [B] int64, tokens of each prompt; `ancestors` [B, 1, G, C] additive mask; with a sliding
 * window `slot_positions` [B, C] int64, counted as `position`; per layer `past_key.i`, `past_value.i`
 * [B, J, C, K]. Outputs: `log_probabilities` [B, G, V] and per layer `new_key.i`, `new_value.i` [B, J, G, K].
 */
export function decodingStep(body: CausalBody, weight: Weight): Fragment {
  const ids = input("ids", "int32", ["B", "G"]);
  const position = input("position", "int64", [1]);
  const startPositions = input("start_positions", "int64", ["B"]);
  const ancestors = input("ancestors", "float32", ["B", 1, "G", "C"]);
  const slotPositions = input("slot_positions", "int64", ["B", "C"]);
  const { numKeyValueHeads, headDim } = body.heads;
  const pasts = Array.from({ length: body.numLayers }, (_, layer) => {
    const [key, value] = ["key", "value"].map((kind) => {
      return input(`past_${kind}.${layer}`, "float32", ["B", numKeyValueHeads, "C", headDim]);
    }) as [Value, Value];
    return { key, value };
  });
  const bias = slotBias(ancestors, slotPositions, position, body.slidingWindow);
  const outputs: Record<string, Value> = {};
  const attend: Attend = (layer, projected, { scale }) => {
    outputs[`new_key.${layer}`] = projected.key;
    outputs[`new_value.${layer}`] = projected.value;
    return attendToPast(projected, pasts[layer]!, bias, scale);
  };
  const positions = add(unsqueeze(startPositions, [1]), position); // [B, 1]
  const states = body.states({ ids, positions, weight, dropout: noDropout, attend });
  outputs.log_probabilities = logSoftmax(body.logits(states, weight));
  const always = [ids, position, startPositions, ancestors];
  const inputs = body.slidingWindow === undefined ? always : [...always, slotPositions];
  return { inputs: [...inputs, ...pasts.flatMap((past) => Object.values(past))], outputs };
}

/** @returns [B, 1, 1, G, C]: what is added to the scores of cached keys */
function slotBias(
  ancestors: Value,
  slotPositions: Value,
  position: Value,
  window: number | undefined,
): Value {
  const past = unsqueeze(ancestors, [1]);
  if (window === undefined) return past;
  const isNear = unsqueeze(isInWindow(slotPositions, position, window), [1, 2, 3]);
  return min(past, where(isNear, 0, mostNegative));
}

/** Attention over the cached slots and the token itself. @returns [B, G, H*K] */
function attendToPast(
  { query, key, value }: Projected,
  past: Readonly<Record<"key" | "value", Value>>,
  bias: Value,
  scale: number,
): Value {
  const shared = (x: Value) => unsqueeze(x, [2]); // [B, J, 1, .., K]
  const scores = add(matMul(query, shared(past.key), { transB: true, alpha: scale }), bias);
  const self = mul(reduceSum(mul(query, shared(key)), [-1], true), scale); // [B, J, R, G, 1]
  const attention = softmax(concat([scores, self], 4));
  const context = matMul(slice(attention, 4, 0, -1), shared(past.value));
  return mergeGroups(add(context, mul(slice(attention, 4, -1), shared(value))));
}

/**
 * Prompts as feeds of {@link promptGraph}: short rows are padded on the left, and positions count the tokens
 * that the mask leaves. Without a mask the padding id is masked, unless it also ends sequences.
 * @throws DataError `ids.*`, `mask.shape`, `prompt.empty` for a row without a token
 */
export function promptOf(
  body: CausalBody,
  { inputIds, attentionMask }: Pick<Batch, "inputIds" | "attentionMask">,
): Prompt {
  const { vocabSize, padTokenId: fill } = body.config;
  const { length } = padIds(inputIds, fill, vocabSize, "inputIds");
  if (attentionMask) padMask(attentionMask, inputIds, length, "attentionMask");
  const masks = attentionMask ?? inputIds.map((row) => row.map((id) => isToken(body, id)));
  const prompts = inputIds.map((row) => padLeft(row, length, fill));
  const mask = Int32Array.from(masks.flatMap((row) => padLeft(row, length, 0)));
  const shape = [inputIds.length, length];
  const positions = new BigInt64Array(mask.length);
  const last = inputIds.map((_, r) => {
    return countPositions(mask, positions, r * length, length) ?? emptyPrompt(r);
  });
  return {
    prompts,
    maxLength: body.maxPositions,
    source: {
      input_ids: { data: Int32Array.from(prompts.flat()), shape },
      attention_mask: { data: mask, shape },
      position_ids: { data: positions, shape },
      last_positions: { data: Int32Array.from(last), shape: [last.length] },
    },
  };
}

function isToken({ config }: CausalBody, id: number): number {
  const isEnd = [config.eosTokenId].flat().includes(id);
  return config.hasPadToken && id === config.padTokenId && !isEnd ? 0 : 1;
}

function padLeft(row: readonly number[], length: number, fill: number): number[] {
  return [...Array<number>(length - row.length).fill(fill), ...row];
}

/** Numbers a row's tokens 0, 1, …; returns the index of the last, undefined when there is none. */
function countPositions(
  mask: Int32Array,
  positions: BigInt64Array,
  from: number,
  length: number,
): number | undefined {
  let count = 0;
  let last: number | undefined;
  for (let i = from; i < from + length; i++) {
    if (mask[i] === 1) {
      last = i;
      count++;
    }
    positions[i] = BigInt(Math.max(count - 1, 0));
  }
  return last;
}

function emptyPrompt(row: number): never {
  throw new DataError("prompt.empty", "a prompt without a token cannot be continued", {
    expected: "one token or more in every row",
    got: `row ${row} without one`,
  });
}

/** Reads the prompts and starts decoding them. @param rowsPerExample G, the beams of an example */
export async function startCausalDecoder(
  body: CausalBody,
  sessions: DecodingSessions,
  source: Readonly<Record<string, NdArray>>,
  rowsPerExample: number,
): Promise<Decoder> {
  const { log_probabilities: first, ...caches } = await sessions.encoder.run({
    ...sessions.weights,
    ...source,
  });
  const { shape, data: mask } = source.attention_mask as NdArray & { readonly data: Int32Array };
  const [batch, length] = shape as [number, number];
  const positions = source.position_ids!.data as BigInt64Array;
  // a prompt's last position is its number of tokens less one, wherever padding stands
  const starts = BigInt64Array.from(
    { length: batch },
    (_, b) => positions[(b + 1) * length - 1]! + 1n,
  );
  const steps = positions.map((position, i) => position - starts[Math.floor(i / length)]!);
  return new CachedDecoder({
    sessions,
    shape: {
      numLayers: body.numLayers,
      numHeads: body.heads.numKeyValueHeads,
      headDim: body.heads.headDim,
      vocabSize: body.config.vocabSize,
    },
    batch,
    rowsPerExample,
    memory: { start_positions: { data: starts, shape: [batch] } },
    prefix: {
      length,
      mask,
      steps,
      caches: Object.fromEntries(
        Object.entries(caches).map(([name, { data }]) => [name, data as Float32Array]),
      ),
      logProbabilities: first!.data as Float32Array,
    },
  });
}
