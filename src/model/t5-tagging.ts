/**
 * @file Identifier tagging: is this token part of an identifier? CodeT5 §3.2, the one objective of
 * pre-training that the encoder learns alone. The paper leaves the head open; here it is one linear
 * unit with a sigmoid, beside an otherwise complete T5, so that all objectives share one checkpoint.
 */
import {
  constant,
  input,
  mul,
  sigmoid,
  softmaxCrossEntropy,
  squeeze,
  type Value,
} from "../graph/index.ts";
import { type Dropout, linear, statesAt } from "../nn/index.ts";
import type { Architecture, Batch, BuiltModel, Feeds } from "./architecture.ts";
import { labelRows, padIds, padMask, scoredTargets } from "./collate.ts";
import type { ParameterSpec } from "./parameters.ts";
import { encode, t5Parameters } from "./t5.ts";
import type { T5Config } from "./t5-config.ts";

/** The head's own parameters, beside those of T5. */
export const taggerNames = ["tagger.weight", "tagger.bias"] as const;

export function t5Tagging(config: T5Config): Architecture {
  return {
    parameters: [...t5Parameters(config), ...taggerParameters(config)],
    dropoutRate: config.dropoutRate,
    build: (weight, dropout) => buildTagging(config, weight, dropout),
    collate: (batch) => collateTagging(config, batch),
  };
}

function taggerParameters({ dModel }: T5Config): ParameterSpec[] {
  const [weight, bias] = taggerNames;
  return [
    { name: weight, shape: [1, dModel], initializer: { kind: "normal", std: dModel ** -0.5 } },
    { name: bias, shape: [1], initializer: { kind: "constant", value: 0 } },
  ];
}

function buildTagging(
  config: T5Config,
  weight: (name: string) => Value,
  dropout: Dropout,
): BuiltModel {
  const inputIds = input("input_ids", "int32", ["B", "S"]);
  const attentionMask = input("attention_mask", "int32", ["B", "S"]);
  const tagPositions = input("tag_positions", "int32", ["L"]);
  const tags = input("tags", "int32", ["L"]);
  const hidden = encode({ config, weight, dropout }, inputIds, attentionMask);
  const zeroAndOne = constant(Float32Array.of(0, 1), [2]);
  const tag = (states: Value) => linear(states, weight(taggerNames[0]), weight(taggerNames[1]));
  const logits = squeeze(tag(hidden), [2]); // [B, S]
  // the sigmoid of x is the softmax of (0, x), whose cross-entropy is stable for any x
  const classes = mul(tag(statesAt(hidden, tagPositions)), zeroAndOne); // [L, 2]
  const inputs = [inputIds, attentionMask];
  return {
    inputs,
    outputs: { logits, prob: sigmoid(logits) },
    lossInputs: [...inputs, tagPositions, tags],
    loss: softmaxCrossEntropy(classes, tags).loss,
    classes,
    targets: tags,
  };
}

function collateTagging(config: T5Config, batch: Batch): Feeds {
  const { ids, mask, rows, length } = padIds(
    batch.inputIds,
    config.padTokenId,
    config.vocabSize,
    "inputIds",
  );
  const attentionMask = batch.attentionMask
    ? padMask(batch.attentionMask, batch.inputIds, length, "attentionMask")
    : mask;
  const arrays = { input_ids: ids, attention_mask: attentionMask };
  if (batch.labels === undefined) return { arrays, count: 0 };
  const tags = scoredTargets(labelRows(batch.labels, rows), length, 2);
  return {
    arrays: { ...arrays, tag_positions: tags.positions, tags: tags.ids },
    count: tags.ids.data.length,
  };
}
