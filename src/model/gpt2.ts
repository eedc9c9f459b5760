/**
 * @file GPT-2 (Radford et al. 2019; CodeGPT): learned positions, layer norm before each sub-layer, multi-head
 * attention. Its linear maps keep their weights as [in, out]. Reference: Hugging Face modeling_gpt2.py.
 * B batch, Q tokens, D model, V vocabulary.
 */
import { add, layerNormalization, matMul, scoped, split, type Value } from "../graph/index.ts";
import { activations, embedding, groupQueries, splitHeads } from "../nn/index.ts";
import type { BodyRun, CausalBody } from "./causal-body.ts";
import { causalFamily } from "./causal-family.ts";
import { type Gpt2Config, gpt2ConfigToJson, parseGpt2Config } from "./gpt2-config.ts";
import type { ParameterSpec } from "./parameters.ts";

const embeddings = "transformer.wte.weight";

export const gpt2 = causalFamily<Gpt2Config>({
  name: "gpt2",
  parseConfig: parseGpt2Config,
  configToJson: gpt2ConfigToJson,
  summary: (config) => ({
    numLayers: [config.nLayer],
    dModel: config.nEmbd,
    numHeads: config.nHead,
    numKeyValueHeads: config.nHead,
    headDim: config.nEmbd / config.nHead,
    dFf: config.nInner,
    activation: config.activationFunction,
    isGated: false,
  }),
  body: gpt2Body,
  prefix: "transformer.",
  embeddings,
  // the causal mask, saved by early Transformers, with and without the prefix
  buffers: (layer) =>
    ["bias", "masked_bias"].flatMap((name) => {
      return [`transformer.h.${layer}.attn.${name}`, `h.${layer}.attn.${name}`];
    }),
});

function gpt2Body(config: Gpt2Config): CausalBody {
  const { tieWordEmbeddings, vocabSize, nEmbd } = config;
  const head = tieWordEmbeddings ? [] : [normal(config, "lm_head.weight", [vocabSize, nEmbd])];
  return {
    config,
    parameters: gpt2Parameters(config),
    headParameters: head,
    heads: headsOf(config),
    numLayers: config.nLayer,
    dModel: nEmbd,
    maxPositions: config.nPositions,
    states: (run) => gpt2States(config, run),
    logits: (states, weight) =>
      scoped("lm_head", () => {
        const table = weight(tieWordEmbeddings ? embeddings : "lm_head.weight");
        return matMul(states, table, { transB: true });
      }),
  };
}

function headsOf({ nEmbd, nHead }: Gpt2Config) {
  return { numHeads: nHead, numKeyValueHeads: nHead, headDim: nEmbd / nHead };
}

function normal(
  { initializerRange }: Gpt2Config,
  name: string,
  shape: readonly number[],
  std = initializerRange,
): ParameterSpec {
  return { name, shape, initializer: { kind: "normal", std } };
}

function filled(name: string, width: number, value: number): ParameterSpec {
  return { name, shape: [width], initializer: { kind: "constant", value } };
}

const normParameters = (name: string, width: number) => [
  filled(`${name}.weight`, width, 1),
  filled(`${name}.bias`, width, 0),
];

function gpt2Parameters(config: Gpt2Config): ParameterSpec[] {
  const { vocabSize, nPositions, nEmbd, nLayer } = config;
  const layers = Array.from({ length: nLayer }, (_, i) => layerParameters(config, i));
  return [
    normal(config, embeddings, [vocabSize, nEmbd]),
    normal(config, "transformer.wpe.weight", [nPositions, nEmbd]),
    ...layers.flat(),
    ...normParameters("transformer.ln_f", nEmbd),
  ];
}

function layerParameters(config: Gpt2Config, layer: number): ParameterSpec[] {
  const { nEmbd, nInner, nLayer, initializerRange } = config;
  const at = `transformer.h.${layer}`;
  const map = (name: string, inputs: number, outputs: number, std?: number) => [
    normal(config, `${at}.${name}.weight`, [inputs, outputs], std),
    filled(`${at}.${name}.bias`, outputs, 0),
  ];
  // what is added to the residual stream starts smaller the more layers add to it
  const residual = initializerRange / Math.sqrt(2 * nLayer);
  return [
    ...normParameters(`${at}.ln_1`, nEmbd),
    ...map("attn.c_attn", nEmbd, 3 * nEmbd),
    ...map("attn.c_proj", nEmbd, nEmbd, residual),
    ...normParameters(`${at}.ln_2`, nEmbd),
    ...map("mlp.c_fc", nEmbd, nInner),
    ...map("mlp.c_proj", nInner, nEmbd, residual),
  ];
}

function gpt2States(
  config: Gpt2Config,
  { ids, positions, weight, dropout, attend }: BodyRun,
): Value {
  const norm = (x: Value, name: string) => {
    const [scale, bias] = [weight(`${name}.weight`), weight(`${name}.bias`)];
    return layerNormalization(x, scale, bias, config.layerNormEpsilon);
  };
  const map = (x: Value, name: string) =>
    add(matMul(x, weight(`${name}.weight`)), weight(`${name}.bias`));
  const placed = embedding(weight("transformer.wpe.weight"), positions);
  const embedded = add(embedding(weight(embeddings), ids), placed);
  let hidden = dropout.apply(embedded, "transformer.drop");
  for (let layer = 0; layer < config.nLayer; layer++) {
    const at = `transformer.h.${layer}`;
    hidden = scoped(at, () => {
      const queryKeyValue = map(norm(hidden, `${at}.ln_1`), `${at}.attn.c_attn`);
      const [query, key, value] = split(queryKeyValue, 2, 3) as [Value, Value, Value];
      const heads = headsOf(config);
      const projected = {
        query: groupQueries(query, heads),
        key: splitHeads(key, heads),
        value: splitHeads(value, heads),
      };
      const options = { scale: attentionScale(config, layer), site: `${at}.attn` };
      const context = map(attend(layer, projected, options), `${at}.attn.c_proj`);
      const afterAttention = add(hidden, dropout.apply(context, `${at}.attn`));
      const wide = map(norm(afterAttention, `${at}.ln_2`), `${at}.mlp.c_fc`);
      const fed = map(activations[config.activationFunction](wide), `${at}.mlp.c_proj`);
      return add(afterAttention, dropout.apply(fed, `${at}.mlp`));
    });
  }
  return norm(hidden, "transformer.ln_f");
}

/** Factor on the scores. */
function attentionScale(config: Gpt2Config, layer: number): number {
  const byWidth = config.scaleAttnWeights ? (config.nEmbd / config.nHead) ** -0.5 : 1;
  return config.scaleAttnByInverseLayerIdx ? byWidth / (layer + 1) : byWidth;
}
