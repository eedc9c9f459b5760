/**
 * @file Llama (Touvron et al. 2023; Llama 3, 3.1, 3.2): RMS norm before each sub-layer, rotary embeddings,
 * grouped-query attention, a gated feed-forward layer. Reference: Hugging Face modeling_llama.py.
 * B batch, Q tokens, D model, H query heads, J key and value heads, K per head, F feed-forward, V vocabulary.
 */
import { add, matMul, mul, rmsNormalization, scoped, type Value } from "../graph/index.ts";
import {
  activations,
  groupQueries,
  linear,
  paddedEmbedding,
  rotaryFrequencies,
  rotate,
  rotationAt,
  splitHeads,
} from "../nn/index.ts";
import type { BodyRun, CausalBody } from "./causal-body.ts";
import { causalFamily } from "./causal-family.ts";
import { type LlamaConfig, llamaConfigToJson, parseLlamaConfig } from "./llama-config.ts";
import type { ModelSummary } from "./model-config.ts";
import type { ParameterSpec } from "./parameters.ts";

const embeddings = "model.embed_tokens.weight";

export const llama = causalFamily<LlamaConfig>({
  name: "llama",
  parseConfig: parseLlamaConfig,
  configToJson: llamaConfigToJson,
  summary: llamaSummary,
  body: llamaBody,
  prefix: "model.",
  embeddings,
  buffers: llamaBuffers,
});

/** Saved by early Transformers; computed from the configuration. */
export function llamaBuffers(layer: number): string[] {
  return [`model.layers.${layer}.self_attn.rotary_emb.inv_freq`];
}

export function llamaSummary(config: LlamaConfig): ModelSummary {
  return {
    numLayers: [config.numHiddenLayers],
    dModel: config.hiddenSize,
    numHeads: config.numAttentionHeads,
    numKeyValueHeads: config.numKeyValueHeads,
    headDim: config.headDim,
    dFf: config.intermediateSize,
    activation: config.hiddenAct,
    isGated: true,
  };
}

/** Llama's layers, and Mistral's, which see no farther back than the window. */
export function llamaBody(config: LlamaConfig): CausalBody {
  const { vocabSize, hiddenSize, slidingWindow, ropeScaling, tieWordEmbeddings } = config;
  const head = tieWordEmbeddings ? [] : [matrix(config, "lm_head.weight", vocabSize, hiddenSize)];
  const stretch = ropeScaling.kind === "linear" ? ropeScaling.factor : 1;
  return {
    config,
    parameters: llamaParameters(config),
    headParameters: head,
    heads: headsOf(config),
    numLayers: config.numHiddenLayers,
    dModel: hiddenSize,
    // Llama 3.1 states its context as stretched
    maxPositions: Math.floor(config.maxPositionEmbeddings * stretch),
    ...(slidingWindow === undefined ? {} : { slidingWindow }),
    states: (run) => llamaStates(config, run),
    logits: (states, weight) =>
      scoped("lm_head", () => {
        const table = weight(tieWordEmbeddings ? embeddings : "lm_head.weight");
        return matMul(states, table, { transB: true });
      }),
  };
}

function headsOf({ numAttentionHeads, numKeyValueHeads, headDim }: LlamaConfig) {
  return { numHeads: numAttentionHeads, numKeyValueHeads, headDim };
}

function llamaParameters(config: LlamaConfig): ParameterSpec[] {
  const { vocabSize, hiddenSize, numHiddenLayers } = config;
  const layers = Array.from({ length: numHiddenLayers }, (_, i) => layerParameters(config, i));
  return [
    matrix(config, embeddings, vocabSize, hiddenSize),
    ...layers.flat(),
    ones("model.norm.weight", hiddenSize),
  ];
}

function layerParameters(config: LlamaConfig, layer: number): ParameterSpec[] {
  const { hiddenSize, intermediateSize, attentionBias, mlpBias } = config;
  const { numHeads, numKeyValueHeads, headDim } = headsOf(config);
  const at = `model.layers.${layer}`;
  const project = (name: string, outputs: number, inputs: number, hasBias: boolean) => {
    const bias = { name: `${at}.${name}.bias`, shape: [outputs], initializer: zero };
    const weight = matrix(config, `${at}.${name}.weight`, outputs, inputs);
    return hasBias ? [weight, bias] : [weight];
  };
  return [
    ...project("self_attn.q_proj", numHeads * headDim, hiddenSize, attentionBias),
    ...project("self_attn.k_proj", numKeyValueHeads * headDim, hiddenSize, attentionBias),
    ...project("self_attn.v_proj", numKeyValueHeads * headDim, hiddenSize, attentionBias),
    ...project("self_attn.o_proj", hiddenSize, numHeads * headDim, attentionBias),
    ...project("mlp.gate_proj", intermediateSize, hiddenSize, mlpBias),
    ...project("mlp.up_proj", intermediateSize, hiddenSize, mlpBias),
    ...project("mlp.down_proj", hiddenSize, intermediateSize, mlpBias),
    ones(`${at}.input_layernorm.weight`, hiddenSize),
    ones(`${at}.post_attention_layernorm.weight`, hiddenSize),
  ];
}

const zero = { kind: "constant", value: 0 } as const;

function ones(name: string, width: number): ParameterSpec {
  return { name, shape: [width], initializer: { kind: "constant", value: 1 } };
}

function matrix(
  { initializerRange }: LlamaConfig,
  name: string,
  rows: number,
  columns: number,
): ParameterSpec {
  return { name, shape: [rows, columns], initializer: { kind: "normal", std: initializerRange } };
}

function llamaStates(config: LlamaConfig, run: BodyRun): Value {
  const { weight, ids, positions } = run;
  const frequencies = rotaryFrequencies(config.headDim, config.ropeTheta, config.ropeScaling);
  const rotation = scoped("model.rotary_emb", () => rotationAt(positions, frequencies));
  const norm = (x: Value, name: string) =>
    rmsNormalization(x, weight(`${name}.weight`), config.rmsNormEps);
  let hidden = paddedEmbedding(
    weight(embeddings),
    ids,
    config.hasPadToken ? config.padTokenId : undefined,
  );
  for (let layer = 0; layer < config.numHiddenLayers; layer++) {
    const at = `model.layers.${layer}`;
    hidden = scoped(at, () => {
      const project = (x: Value, name: string, hasBias: boolean) =>
        linear(
          x,
          weight(`${at}.${name}.weight`),
          hasBias ? weight(`${at}.${name}.bias`) : undefined,
        );
      const attention = (name: string, x: Value) =>
        project(x, `self_attn.${name}`, config.attentionBias);
      const mlp = (name: string, x: Value) => project(x, `mlp.${name}`, config.mlpBias);
      const normed = norm(hidden, `${at}.input_layernorm`);
      const heads = headsOf(config);
      const projected = {
        query: rotate(groupQueries(attention("q_proj", normed), heads), rotation),
        key: rotate(splitHeads(attention("k_proj", normed), heads), rotation),
        value: splitHeads(attention("v_proj", normed), heads),
      };
      const options = { scale: config.headDim ** -0.5, site: `${at}.self_attn` };
      const context = run.attend(layer, projected, options);
      const afterAttention = add(hidden, attention("o_proj", context));
      const fed = norm(afterAttention, `${at}.post_attention_layernorm`);
      const gate = activations[config.hiddenAct](mlp("gate_proj", fed));
      return add(afterAttention, mlp("down_proj", mul(gate, mlp("up_proj", fed))));
    });
  }
  return norm(hidden, "model.norm");
}
