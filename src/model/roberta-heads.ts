/**
 * @file What is read off RoBERTa: hidden tokens (`RobertaForMaskedLM`), a class of the whole text
 * (`RobertaForSequenceClassification`), or the states alone (`RobertaModel`).
 * B batch, S length, L scored positions, D model, C classes, V vocabulary.
 */
import { ConfigError, type NdArray } from "../base/index.ts";
import {
  add,
  gelu,
  input,
  matMul,
  scoped,
  softmaxCrossEntropy,
  tanh,
  type Value,
} from "../graph/index.ts";
import { type Dropout, statesAt } from "../nn/index.ts";
import type { Architecture, Batch, BuiltModel, Feeds, Fragment } from "./architecture.ts";
import { collateSource } from "./causal-language-model.ts";
import { classified } from "./classification.ts";
import { checkLength, checkPairing, classLabels, labelRows, scoredTargets } from "./collate.ts";
import { checkLabels } from "./model-config.ts";
import type { ParameterSpec } from "./parameters.ts";
import {
  mapAt,
  mapParameters,
  normAt,
  normParameters,
  type Roberta,
  robertaParameters,
  robertaStates,
  wordEmbeddings,
} from "./roberta.ts";
import type { RobertaConfig } from "./roberta-config.ts";

/** What heads put before the names of the body. */
export const robertaPrefix = "roberta.";

type Weight = (name: string) => Value;

/** The body's inputs and states. */
interface Read extends Pick<Fragment, "inputs"> {
  readonly roberta: Roberta;
  /** [B, S, D] */
  readonly hidden: Value;
}

function read(config: RobertaConfig, weight: Weight, dropout: Dropout): Read {
  const inputIds = input("input_ids", "int32", ["B", "S"]);
  const attentionMask = input("attention_mask", "int32", ["B", "S"]);
  const positionIds = input("position_ids", "int32", ["B", "S"]);
  const roberta = { config, weight, dropout };
  const hidden = robertaStates(roberta, inputIds, attentionMask, positionIds);
  return { roberta, inputs: [inputIds, attentionMask, positionIds], hidden };
}

const behindPrefix = (weight: Weight) => (name: string) => weight(robertaPrefix + name);

function prefixedBody(config: RobertaConfig): ParameterSpec[] {
  return robertaParameters(config).map((spec) => ({ ...spec, name: robertaPrefix + spec.name }));
}

/** `RobertaForMaskedLM`. */
export function robertaMaskedLanguage(config: RobertaConfig): Architecture {
  const { hiddenSize, vocabSize, initializerRange: std, tieWordEmbeddings } = config;
  const bias = {
    name: "lm_head.bias",
    shape: [vocabSize],
    initializer: { kind: "constant", value: 0 },
  } as const;
  const decoder = {
    name: "lm_head.decoder.weight",
    shape: [vocabSize, hiddenSize],
    initializer: { kind: "normal", std },
  } as const;
  return {
    parameters: [
      ...prefixedBody(config),
      bias,
      ...mapParameters(config, "lm_head.dense", hiddenSize, hiddenSize),
      ...normParameters("lm_head.layer_norm", hiddenSize),
      ...(tieWordEmbeddings ? [] : [decoder]),
    ],
    dropoutRate: config.dropoutRate,
    build: (weight, dropout) => buildMaskedLanguage(config, weight, dropout),
    collate: (batch) => collateMaskedLanguage(config, batch),
  };
}

function buildMaskedLanguage(config: RobertaConfig, weight: Weight, dropout: Dropout): BuiltModel {
  const { inputs, hidden } = read(config, behindPrefix(weight), dropout);
  const targetPositions = input("target_positions", "int32", ["L"]);
  const targetIds = input("target_ids", "int32", ["L"]);
  const table = weight(
    config.tieWordEmbeddings ? robertaPrefix + wordEmbeddings : "lm_head.decoder.weight",
  );
  const head = (states: Value) =>
    scoped("lm_head", () => {
      const dense = gelu(mapAt({ weight }, states, "lm_head.dense"));
      const normed = normAt({ config, weight }, dense, "lm_head.layer_norm");
      return add(matMul(normed, table, { transB: true }), weight("lm_head.bias"));
    });
  const scored = head(statesAt(hidden, targetPositions)); // [L, V]
  return {
    inputs,
    outputs: { logits: head(hidden) },
    lossInputs: [...inputs, targetPositions, targetIds],
    loss: softmaxCrossEntropy(scored, targetIds).loss,
    classes: scored,
    targets: targetIds,
  };
}

/** `RobertaForSequenceClassification`. @throws ConfigError `config.unsupported` for one class */
export function robertaClassification(config: RobertaConfig): Architecture {
  const { hiddenSize, numLabels } = config;
  checkLabels(config, "roberta");
  return {
    parameters: [
      ...prefixedBody(config),
      ...mapParameters(config, "classifier.dense", hiddenSize, hiddenSize),
      ...mapParameters(config, "classifier.out_proj", numLabels, hiddenSize),
    ],
    dropoutRate: config.dropoutRate,
    build: (weight, dropout) => buildClassification(config, weight, dropout),
    collate: (batch) => collateClassification(config, batch),
  };
}

function buildClassification(config: RobertaConfig, weight: Weight, dropout: Dropout): BuiltModel {
  const { inputs, hidden } = read(config, behindPrefix(weight), dropout);
  const firstPositions = input("first_positions", "int32", ["B"]);
  const labels = input("labels", "int32", ["B"]);
  const first = dropout.apply(statesAt(hidden, firstPositions), "classifier"); // [B, D], of <s>
  const dense = tanh(mapAt({ weight }, first, "classifier.dense"));
  const dropped = dropout.apply(dense, "classifier.dense");
  const logits = mapAt({ weight }, dropped, "classifier.out_proj"); // [B, C]
  const everyInput = [...inputs, firstPositions];
  return classified(everyInput, labels, logits);
}

/** `RobertaModel` without its pooler: states are the outputs, and nothing scores them. */
export function robertaFeatures(config: RobertaConfig): Architecture {
  return {
    parameters: robertaParameters(config),
    dropoutRate: config.dropoutRate,
    build: (weight, dropout) => {
      const { inputs, hidden } = read(config, weight, dropout);
      return {
        inputs,
        outputs: { logits: hidden, encoder_last_hidden_state: hidden },
        lossInputs: inputs,
        get loss() {
          return nothingToLearn();
        },
        get classes() {
          return nothingToLearn();
        },
        get targets() {
          return nothingToLearn();
        },
      };
    },
    collate: (batch) => {
      if (batch.labels !== undefined) return nothingToLearn();
      return { arrays: collateText(config, batch).arrays, count: 0 };
    },
  };
}

function nothingToLearn(): never {
  throw new ConfigError("model.head", "the model is a body without a head: it has no loss", {
    expected: "a head: masked-language or classification",
    got: "features",
    help: "withHead puts one on it",
  });
}

/** Ids, mask and positions of a batch. */
function collateText(config: RobertaConfig, batch: Batch) {
  const { source, arrays } = collateSource(config, batch, Number.POSITIVE_INFINITY);
  return { source, arrays: { ...arrays, position_ids: positionIds(config, source.ids) } };
}

/**
 * Positions count the tokens that are not padding, from the padding id on; padding itself has that id.
 * Hugging Face `create_position_ids_from_input_ids`: by the ids, whatever the mask.
 */
function positionIds(config: RobertaConfig, ids: NdArray & { readonly data: Int32Array }): NdArray {
  const { padTokenId, maxPositionEmbeddings } = config;
  const length = ids.shape[1]!;
  const data = new Int32Array(ids.data.length);
  let count = 0;
  ids.data.forEach((id, i) => {
    if (i % length === 0) count = 0;
    if (id !== padTokenId) count++;
    data[i] = id === padTokenId ? padTokenId : padTokenId + count;
    checkLength(count, maxPositionEmbeddings - padTokenId - 1);
  });
  return { data, shape: ids.shape };
}

function collateMaskedLanguage(config: RobertaConfig, batch: Batch): Feeds {
  const { source, arrays } = collateText(config, batch);
  if (batch.labels === undefined) return { arrays, count: 0 };
  const labels = labelRows(batch.labels, source.rows);
  checkPairing(batch.inputIds, labels, "inputIds");
  const targets = scoredTargets(labels, source.length, config.vocabSize);
  return {
    arrays: { ...arrays, target_positions: targets.positions, target_ids: targets.ids },
    count: targets.ids.data.length,
  };
}

function collateClassification(config: RobertaConfig, batch: Batch): Feeds {
  const { source, arrays } = collateText(config, batch);
  const first = Int32Array.from({ length: source.rows }, (_, row) => row * source.length);
  const fed = { ...arrays, first_positions: { data: first, shape: [source.rows] } };
  if (batch.labels === undefined) return { arrays: fed, count: 0 };
  const labels = classLabels(batch.labels, source.rows, config.numLabels);
  return { arrays: { ...fed, labels }, count: source.rows };
}
