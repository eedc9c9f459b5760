/** @file `T5ForConditionalGeneration`: text in, text out, trained by teacher forcing. */
import { DataError } from "../base/index.ts";
import { input, softmaxCrossEntropy, type Value } from "../graph/index.ts";
import { type Dropout, statesAt } from "../nn/index.ts";
import type { Architecture, Batch, BuiltModel, Feeds } from "./architecture.ts";
import { checkPairing, labelRows, padIds, padMask, scoredTargets, shiftRight } from "./collate.ts";
import { decode, encode, languageModelHead, type T5, t5Parameters } from "./t5.ts";
import type { T5Config } from "./t5-config.ts";

export function t5ConditionalGeneration(config: T5Config): Architecture {
  return {
    parameters: t5Parameters(config),
    dropoutRate: config.dropoutRate,
    build: (weight, dropout) => buildConditionalGeneration(config, weight, dropout),
    collate: (batch) => collateGeneration(config, batch),
  };
}

function buildConditionalGeneration(
  config: T5Config,
  weight: (name: string) => Value,
  dropout: Dropout,
): BuiltModel {
  const t5: T5 = { config, weight, dropout };
  const inputIds = input("input_ids", "int32", ["B", "S"]);
  const attentionMask = input("attention_mask", "int32", ["B", "S"]);
  const decoderInputIds = input("decoder_input_ids", "int32", ["B", "T"]);
  const targetPositions = input("target_positions", "int32", ["L"]);
  const targetIds = input("target_ids", "int32", ["L"]);
  const encoderHidden = encode(t5, inputIds, attentionMask);
  const decoderHidden = decode(t5, decoderInputIds, encoderHidden, attentionMask);
  // only scored positions reach the vocabulary: padding costs nothing in the largest product
  const scored = languageModelHead(t5, statesAt(decoderHidden, targetPositions)); // [L, V]
  return {
    inputs: [inputIds, attentionMask, decoderInputIds],
    outputs: {
      logits: languageModelHead(t5, decoderHidden),
      encoder_last_hidden_state: encoderHidden,
    },
    lossInputs: [inputIds, attentionMask, decoderInputIds, targetPositions, targetIds],
    loss: softmaxCrossEntropy(scored, targetIds).loss,
    classes: scored,
    targets: targetIds,
  };
}

/** Source, decoder inputs and scored targets of a batch. */
export function collateGeneration(config: T5Config, batch: Batch): Feeds {
  const { vocabSize, padTokenId, decoderStartTokenId } = config;
  const source = padIds(batch.inputIds, padTokenId, vocabSize, "inputIds");
  const mask = batch.attentionMask
    ? padMask(batch.attentionMask, batch.inputIds, source.length, "attentionMask")
    : source.mask;
  const labels = batch.labels && labelRows(batch.labels, source.rows);
  if (labels && batch.decoderInputIds)
    checkPairing(batch.decoderInputIds, labels, "decoderInputIds");
  const decoderRows =
    batch.decoderInputIds ??
    shiftRight(labels ?? batch.inputIds.map(() => [0]), decoderStartTokenId, padTokenId);
  const length = decoderRows.reduce((longest, row) => Math.max(longest, row.length), 0);
  // before the decoder's inputs, which repeat a bad label under another name
  const targets = labels && scoredTargets(labels, length, vocabSize);
  const decoder = padIds(decoderRows, padTokenId, vocabSize, "decoderInputIds");
  if (decoder.rows !== source.rows) throw rowsDiffer(source.rows, decoder.rows);
  const arrays = {
    input_ids: source.ids,
    attention_mask: mask,
    decoder_input_ids: decoder.ids,
  };
  if (targets === undefined) return { arrays, count: 0 };
  return {
    arrays: { ...arrays, target_positions: targets.positions, target_ids: targets.ids },
    count: targets.ids.data.length,
  };
}

function rowsDiffer(source: number, decoder: number): DataError {
  return new DataError("ids.rows", "inputIds and decoderInputIds differ in rows", {
    expected: `${source} rows, as in inputIds`,
    got: String(decoder),
    where: "decoderInputIds",
  });
}
