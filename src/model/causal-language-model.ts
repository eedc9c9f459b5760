/**
 * @file Decoder-only models as language models (`*ForCausalLM`, `GPT2LMHeadModel`): each position predicts the
 * next token.
 * B batch, S length, L scored positions, D model, V vocabulary.
 */
import { DataError } from "../base/index.ts";
import { input, rangeOf, softmaxCrossEntropy, type Value } from "../graph/index.ts";
import { attendInGroups, causalPaddingMask, type Dropout, statesAt } from "../nn/index.ts";
import type { Architecture, Batch, BuiltModel, Feeds } from "./architecture.ts";
import type { CausalBody } from "./causal-body.ts";
import {
  checkLength,
  checkPairing,
  labelRows,
  type PaddedIds,
  padIds,
  padMask,
  scoredTargets,
} from "./collate.ts";
import type { ModelConfig } from "./model-config.ts";

export function causalLanguageModel(body: CausalBody): Architecture {
  return {
    parameters: [...body.parameters, ...body.headParameters],
    dropoutRate: body.config.dropoutRate,
    build: (weight, dropout) => buildLanguageModel(body, weight, dropout),
    collate: (batch) => collateLanguageModel(body, batch),
  };
}

/**
 * All positions at once, numbered 0, 1, … whatever the mask, as Hugging Face's `forward` numbers them.
 * @param inputIds [B, S] int32
 * @param attentionMask [B, S] int32, 1 for a token
 * @returns [B, S, D] float32
 */
export function statesOf(
  body: CausalBody,
  inputIds: Value,
  attentionMask: Value,
  weight: (name: string) => Value,
  dropout: Dropout,
): Value {
  const positions = rangeOf(inputIds, 1);
  const bias = causalPaddingMask(positions, attentionMask, body.slidingWindow);
  return body.states({
    ids: inputIds,
    positions,
    weight,
    dropout,
    attend: (_layer, projected, options) =>
      attendInGroups(projected, bias, { ...options, dropout }),
  });
}

function buildLanguageModel(
  body: CausalBody,
  weight: (name: string) => Value,
  dropout: Dropout,
): BuiltModel {
  const inputIds = input("input_ids", "int32", ["B", "S"]);
  const attentionMask = input("attention_mask", "int32", ["B", "S"]);
  const targetPositions = input("target_positions", "int32", ["L"]);
  const targetIds = input("target_ids", "int32", ["L"]);
  const states = statesOf(body, inputIds, attentionMask, weight, dropout);
  // only scored positions reach the vocabulary: padding costs nothing in the largest product
  const scored = body.logits(statesAt(states, targetPositions), weight); // [L, V]
  const inputs = [inputIds, attentionMask];
  return {
    inputs,
    outputs: { logits: body.logits(states, weight) },
    lossInputs: [...inputs, targetPositions, targetIds],
    loss: softmaxCrossEntropy(scored, targetIds).loss,
    classes: scored,
    targets: targetIds,
  };
}

/** Ids and mask of a batch without a decoder of its own. */
export interface SourceArrays {
  readonly source: PaddedIds;
  readonly arrays: {
    readonly input_ids: PaddedIds["ids"];
    readonly attention_mask: PaddedIds["mask"];
  };
}

/**
 * Ids padded on the right, and their mask.
 * @param maxPositions tokens that fit the model
 * @throws DataError `ids.*`, `mask.shape`, `batch.decoder` for decoder inputs, which such a model lacks
 */
export function collateSource(
  { vocabSize, padTokenId }: ModelConfig,
  batch: Batch,
  maxPositions: number,
): SourceArrays {
  if (batch.decoderInputIds !== undefined) {
    throw new DataError("batch.decoder", "the model has no decoder of its own to feed", {
      expected: "inputIds, attentionMask and labels",
      got: "decoderInputIds",
    });
  }
  const source = padIds(batch.inputIds, padTokenId, vocabSize, "inputIds");
  checkLength(source.length, maxPositions);
  const mask = batch.attentionMask
    ? padMask(batch.attentionMask, batch.inputIds, source.length, "attentionMask")
    : source.mask;
  return { source, arrays: { input_ids: source.ids, attention_mask: mask } };
}

function collateLanguageModel(body: CausalBody, batch: Batch): Feeds {
  const { vocabSize } = body.config;
  const { source, arrays } = collateSource(body.config, batch, body.maxPositions);
  if (batch.labels === undefined) return { arrays, count: 0 };
  const labels = labelRows(batch.labels, source.rows);
  checkPairing(batch.inputIds, labels, "inputIds");
  // the label of a token is predicted one position before it
  const targets = scoredTargets(labels, source.length, vocabSize, 1);
  return {
    arrays: { ...arrays, target_positions: targets.positions, target_ids: targets.ids },
    count: targets.ids.data.length,
  };
}
