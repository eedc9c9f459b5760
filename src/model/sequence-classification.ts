/**
 * @file Decoder-only models that classify (`*ForSequenceClassification`): the state of a row's last token is
 * scored, without a bias. B batch, S length, D model, C classes.
 */
import { DataError } from "../base/index.ts";
import { input, type Value } from "../graph/index.ts";
import { type Dropout, linear, statesAt } from "../nn/index.ts";
import type { Architecture, Batch, BuiltModel, Feeds } from "./architecture.ts";
import type { CausalBody } from "./causal-body.ts";
import { collateSource, statesOf } from "./causal-language-model.ts";
import { classified } from "./classification.ts";
import { classLabels } from "./collate.ts";
import { checkLabels } from "./model-config.ts";

/** The head's own parameter, beside those of the body. */
export const scoreName = "score.weight";

/** @throws ConfigError `config.unsupported` for one class, or labels that are not classes */
export function causalClassification(body: CausalBody, family: string): Architecture {
  const { numLabels, initializerRange: std, dropoutRate } = body.config;
  checkLabels(body.config, family);
  const score = {
    name: scoreName,
    shape: [numLabels, body.dModel],
    initializer: { kind: "normal", std },
  } as const;
  return {
    parameters: [...body.parameters, score],
    dropoutRate,
    build: (weight, dropout) => buildClassification(body, weight, dropout),
    collate: (batch) => collateClassification(body, batch),
  };
}

function buildClassification(
  body: CausalBody,
  weight: (name: string) => Value,
  dropout: Dropout,
): BuiltModel {
  const inputIds = input("input_ids", "int32", ["B", "S"]);
  const attentionMask = input("attention_mask", "int32", ["B", "S"]);
  const lastPositions = input("last_positions", "int32", ["B"]);
  const labels = input("labels", "int32", ["B"]);
  const states = statesOf(body, inputIds, attentionMask, weight, dropout);
  const logits = linear(statesAt(states, lastPositions), weight(scoreName)); // [B, C]
  const inputs = [inputIds, attentionMask, lastPositions];
  return classified(inputs, labels, logits);
}

function collateClassification(body: CausalBody, batch: Batch): Feeds {
  const { config } = body;
  const { source, arrays } = collateSource(config, batch, body.maxPositions);
  const { data: mask } = arrays.attention_mask;
  const last = batch.inputIds.map((row, r) => {
    const isPadding = (id: number) => config.hasPadToken && id === config.padTokenId;
    const isToken = (id: number, c: number) => mask[r * source.length + c] === 1 && !isPadding(id);
    const at = row.findLastIndex(isToken);
    if (at < 0) throw nothingToRead(r);
    return r * source.length + at;
  });
  const fed = {
    ...arrays,
    last_positions: { data: Int32Array.from(last), shape: [last.length] },
  };
  if (batch.labels === undefined) return { arrays: fed, count: 0 };
  const labels = classLabels(batch.labels, source.rows, config.numLabels);
  return { arrays: { ...fed, labels }, count: source.rows };
}

function nothingToRead(row: number): DataError {
  return new DataError("ids.padding", "the head reads a row's last token, and there is none", {
    expected: "a token that is neither padding nor masked in every row",
    got: `row ${row} without one`,
  });
}
