/**
 * @file RoBERTa (Liu et al. 2019; CodeBERT, GraphCodeBERT, UniXcoder): an encoder with learned positions and
 * layer norm after each sub-layer. Reference: Hugging Face modeling_roberta.py.
 * B batch, S length, D model, V vocabulary.
 */
import { add, constant, layerNormalization, scoped, type Value } from "../graph/index.ts";
import {
  activations,
  attend,
  type Dropout,
  embedding,
  linear,
  paddedEmbedding,
  paddingMask,
  projectHeads,
} from "../nn/index.ts";
import type { ParameterSpec } from "./parameters.ts";
import type { RobertaConfig } from "./roberta-config.ts";

/** What every builder needs: the shape of the model, its weights by name within the body, its dropout. */
export interface Roberta {
  readonly config: RobertaConfig;
  readonly weight: (name: string) => Value;
  readonly dropout: Dropout;
}

export const wordEmbeddings = "embeddings.word_embeddings.weight";

/** All parameters of the body in state-dict order, without the prefix that heads put before them. */
export function robertaParameters(config: RobertaConfig): ParameterSpec[] {
  const { vocabSize, maxPositionEmbeddings, typeVocabSize, hiddenSize } = config;
  const tables = { word: vocabSize, position: maxPositionEmbeddings, token_type: typeVocabSize };
  return [
    ...Object.entries(tables).map(([name, rows]) => {
      return normal(config, `embeddings.${name}_embeddings.weight`, [rows, hiddenSize]);
    }),
    ...normParameters("embeddings.LayerNorm", hiddenSize),
    ...Array.from({ length: config.numHiddenLayers }, (_, i) => layerParameters(config, i)).flat(),
  ];
}

function normal(
  { initializerRange: std }: RobertaConfig,
  name: string,
  shape: readonly number[],
): ParameterSpec {
  return { name, shape, initializer: { kind: "normal", std } };
}

function filled(name: string, width: number, value: number): ParameterSpec {
  return { name, shape: [width], initializer: { kind: "constant", value } };
}

/** A linear map with its bias. */
export function mapParameters(
  config: RobertaConfig,
  name: string,
  outputs: number,
  inputs: number,
): ParameterSpec[] {
  const weight = normal(config, `${name}.weight`, [outputs, inputs]);
  return [weight, filled(`${name}.bias`, outputs, 0)];
}

export function normParameters(name: string, width: number): ParameterSpec[] {
  return [filled(`${name}.weight`, width, 1), filled(`${name}.bias`, width, 0)];
}

function layerParameters(config: RobertaConfig, layer: number): ParameterSpec[] {
  const { hiddenSize, intermediateSize } = config;
  const at = `encoder.layer.${layer}`;
  const square = (name: string) => mapParameters(config, `${at}.${name}`, hiddenSize, hiddenSize);
  return [
    ...["query", "key", "value"].flatMap((name) => square(`attention.self.${name}`)),
    ...square("attention.output.dense"),
    ...normParameters(`${at}.attention.output.LayerNorm`, hiddenSize),
    ...mapParameters(config, `${at}.intermediate.dense`, intermediateSize, hiddenSize),
    ...mapParameters(config, `${at}.output.dense`, hiddenSize, intermediateSize),
    ...normParameters(`${at}.output.LayerNorm`, hiddenSize),
  ];
}

/** Wᵀx + b. @param name of the map, without `.weight` */
export function mapAt({ weight }: Pick<Roberta, "weight">, x: Value, name: string): Value {
  return linear(x, weight(`${name}.weight`), weight(`${name}.bias`));
}

export function normAt(
  { config, weight }: Omit<Roberta, "dropout">,
  x: Value,
  name: string,
): Value {
  const [scale, bias] = [weight(`${name}.weight`), weight(`${name}.bias`)];
  return layerNormalization(x, scale, bias, config.layerNormEps);
}

/**
 * The encoder.
 * @param inputIds [B, S] int32
 * @param attentionMask [B, S] int32, 1 for a token
 * @param positionIds [B, S] int32, rows of the position table
 * @returns [B, S, D] float32
 */
export function robertaStates(
  roberta: Roberta,
  inputIds: Value,
  attentionMask: Value,
  positionIds: Value,
): Value {
  const firstRow = constant(Int32Array.of(0), [1]);
  const { config, weight, dropout } = roberta;
  const embedded = scoped("embeddings", () => {
    const pad = config.padTokenId;
    const words = paddedEmbedding(weight(wordEmbeddings), inputIds, pad);
    const places = weight("embeddings.position_embeddings.weight");
    // every token is of the first type, as where Hugging Face is given none
    const type = embedding(weight("embeddings.token_type_embeddings.weight"), firstRow); // [1, D]
    const sum = add(add(words, type), paddedEmbedding(places, positionIds, pad));
    return normAt(roberta, sum, "embeddings.LayerNorm");
  });
  let hidden = dropout.apply(embedded, "embeddings");
  const bias = paddingMask(attentionMask);
  for (let layer = 0; layer < config.numHiddenLayers; layer++) {
    const at = `encoder.layer.${layer}`;
    hidden = scoped(at, () => encoderLayer(roberta, hidden, at, bias));
  }
  return hidden;
}

function encoderLayer(roberta: Roberta, hidden: Value, at: string, bias: Value): Value {
  const { config, weight, dropout } = roberta;
  const numHeads = config.numAttentionHeads;
  const dKv = config.hiddenSize / numHeads;
  const [query, key, value] = ["query", "key", "value"].map((name) => {
    const self = `${at}.attention.self.${name}`;
    return projectHeads(
      hidden,
      weight(`${self}.weight`),
      { numHeads, dKv },
      weight(`${self}.bias`),
    );
  }) as [Value, Value, Value];
  const context = attend(query, key, value, bias, dropout, `${at}.attention.self`, dKv ** -0.5);
  const addNormed = (x: Value, update: Value, name: string) => {
    const dropped = dropout.apply(mapAt(roberta, update, `${name}.dense`), name);
    return normAt(roberta, add(x, dropped), `${name}.LayerNorm`);
  };
  const afterAttention = addNormed(hidden, context, `${at}.attention.output`);
  const wide = mapAt(roberta, afterAttention, `${at}.intermediate.dense`);
  return addNormed(afterAttention, activations[config.hiddenAct](wide), `${at}.output`);
}
