/**
 * @file Decoder-only models through one graph that continues what it has read: prompts, piece by piece, and the
 * tokens after them. A session packs constant matrices for itself, so a model whose weights barely fit in memory
 * can afford one session only.
 * B examples, Q tokens of each, R query heads for a key, C cached tokens, L positions asked for, J key and
 * value heads, K per head, V vocabulary.
 */
import {
  add,
  div,
  exp,
  input,
  logSoftmax,
  matMul,
  max,
  reduceMax,
  reduceSum,
  sub,
  unsqueeze,
  type Value,
} from "../graph/index.ts";
import { mergeGroups, noDropout, statesAt } from "../nn/index.ts";
import type { Fragment } from "./architecture.ts";
import type { Attend, CausalBody, Projected } from "./causal-body.ts";

/**
 * Tokens after cached ones. Inputs: `ids` [B, Q] int32; `positions` [B, Q] int64; `past_mask` [B, 1, Q, C] and
 * `own_mask` [B, 1, Q, Q], added to scores; `asked` [L] int32 of B * Q; per layer `past_key.i`, `past_value.i`
 * [B, J, C, K]. Outputs: `logits` and `log_probabilities` [L, V]; per layer `new_key.i`, `new_value.i`
 * [B, J, Q, K].
 */
export function continuationGraph(body: CausalBody, weight: (name: string) => Value): Fragment {
  const ids = input("ids", "int32", ["B", "Q"]);
  const positions = input("positions", "int64", ["B", "Q"]);
  const pastMask = input("past_mask", "float32", ["B", 1, "Q", "C"]);
  const ownMask = input("own_mask", "float32", ["B", 1, "Q", "Q"]);
  const asked = input("asked", "int32", ["L"]);
  const { numKeyValueHeads, headDim } = body.heads;
  const cache = (name: string) => input(name, "float32", ["B", numKeyValueHeads, "C", headDim]);
  const pasts = Array.from({ length: body.numLayers }, (_, layer) => {
    return { key: cache(`past_key.${layer}`), value: cache(`past_value.${layer}`) };
  });
  const masks = { past: unsqueeze(pastMask, [1]), own: unsqueeze(ownMask, [1]) };
  const outputs: Record<string, Value> = {};
  const attend: Attend = (layer, projected, { scale }) => {
    outputs[`new_key.${layer}`] = projected.key;
    outputs[`new_value.${layer}`] = projected.value;
    return attendToBoth(projected, pasts[layer]!, masks, scale);
  };
  const states = body.states({ ids, positions, weight, dropout: noDropout, attend });
  outputs.logits = body.logits(statesAt(states, asked), weight);
  outputs.log_probabilities = logSoftmax(outputs.logits);
  const inputs = [ids, positions, pastMask, ownMask, asked];
  return { inputs: [...inputs, ...pasts.flatMap(({ key, value }) => [key, value])], outputs };
}

/**
 * Attention over the cached tokens and the new ones, in two parts with one softmax: joining keys and values
 * would copy the whole cache for every token.
 * @returns [B, Q, H*K]
 */
function attendToBoth(
  { query, key, value }: Projected,
  past: Readonly<Record<"key" | "value", Value>>,
  masks: Readonly<Record<"past" | "own", Value>>,
  scale: number,
): Value {
  const shared = (x: Value) => unsqueeze(x, [2]); // [B, J, 1, .., K]
  const scoresOf = (keys: Value, mask: Value) =>
    add(matMul(query, shared(keys), { transB: true, alpha: scale }), mask);
  const before = scoresOf(past.key, masks.past); // [B, J, R, Q, C]
  const own = scoresOf(key, masks.own); // [B, J, R, Q, Q]
  const peak = max(reduceMax(before, [-1], true), reduceMax(own, [-1], true));
  const [pastWeights, ownWeights] = [exp(sub(before, peak)), exp(sub(own, peak))];
  const total = add(reduceSum(pastWeights, [-1], true), reduceSum(ownWeights, [-1], true));
  const context = add(matMul(pastWeights, shared(past.value)), matMul(ownWeights, shared(value)));
  return mergeGroups(div(context, total));
}
