/**
 * @file Llama, Mistral, GPT-2 and RoBERTa once more, in plain JavaScript and double precision, one text at a
 * time, read off the papers and Hugging Face's code: what our graphs are compared with.
 */
import type { Model } from "../src/model/index.ts";

type Matrix = readonly (readonly number[])[];
type Config = Readonly<Record<string, number | boolean | string | null | undefined | object>>;

/** Weights of a model by name, as rows of numbers. */
function lookup(model: Model) {
  const has = (name: string) => model.weights.has(name);
  const vector = (name: string) => Array.from(model.weights.get(name)!.data);
  const matrix = (name: string): Matrix => {
    const { data, shape } = model.weights.get(name)!;
    const width = shape[1]!;
    return Array.from({ length: shape[0]! }, (_, i) => [
      ...data.subarray(i * width, (i + 1) * width),
    ]);
  };
  return { has, vector, matrix };
}

const dot = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, x, i) => sum + x * b[i]!, 0);
const plus = (a: Matrix, b: Matrix): Matrix => a.map((row, i) => row.map((x, j) => x + b[i]![j]!));
const transposed = (m: Matrix): Matrix => m[0]!.map((_, j) => m.map((row) => row[j]!));

/** x Wᵀ + b. */
function linear(x: Matrix, w: Matrix, b?: readonly number[]): Matrix {
  return x.map((row) => w.map((out, j) => dot(row, out) + (b?.[j] ?? 0)));
}

function layerNorm(
  x: Matrix,
  scale: readonly number[],
  bias: readonly number[],
  eps: number,
): Matrix {
  return x.map((row) => {
    const mean = row.reduce((a, b) => a + b, 0) / row.length;
    const variance = row.reduce((a, b) => a + (b - mean) ** 2, 0) / row.length;
    return row.map((v, i) => ((v - mean) / Math.sqrt(variance + eps)) * scale[i]! + bias[i]!);
  });
}

function rmsNorm(x: Matrix, scale: readonly number[], eps: number): Matrix {
  return x.map((row) => {
    const square = row.reduce((a, b) => a + b * b, 0) / row.length;
    return row.map((v, i) => (v / Math.sqrt(square + eps)) * scale[i]!);
  });
}

/** Abramowitz and Stegun 7.1.26 is too coarse: the series, and its complement by continued fraction. */
function erf(x: number): number {
  const z = Math.abs(x);
  let term = z;
  let sum = z;
  for (let n = 1; n < 120; n++) {
    term *= (-z * z) / n;
    sum += term / (2 * n + 1);
  }
  const value = z > 5 ? 1 : (2 / Math.sqrt(Math.PI)) * sum;
  return x < 0 ? -value : value;
}

const activations: Readonly<Record<string, (x: number) => number>> = {
  silu: (x) => x / (1 + Math.exp(-x)),
  relu: (x) => Math.max(x, 0),
  gelu: (x) => (x / 2) * (1 + erf(x * Math.SQRT1_2)),
  gelu_new: (x) => (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
};

const each = (x: Matrix, f: (v: number) => number): Matrix => x.map((row) => row.map(f));

interface Attention {
  readonly heads: number;
  readonly keyHeads: number;
  readonly scale: number;
  readonly sees: (query: number, key: number) => boolean;
  readonly turn?: (vector: readonly number[], position: number) => number[];
}

function attention(q: Matrix, k: Matrix, v: Matrix, options: Attention): Matrix {
  const { heads, keyHeads, scale, sees, turn = (x) => [...x] } = options;
  const width = q[0]!.length / heads;
  const part = (row: readonly number[], head: number) =>
    row.slice(head * width, (head + 1) * width);
  return q.map((row, i) => {
    return Array.from({ length: heads }, (_, head) => {
      const shared = Math.floor(head / (heads / keyHeads));
      const query = turn(part(row, head), i);
      const scores = k.map((key, j) => {
        return sees(i, j)
          ? scale * dot(query, turn(part(key, shared), j))
          : Number.NEGATIVE_INFINITY;
      });
      const top = Math.max(...scores);
      const powers = scores.map((score) => Math.exp(score - top));
      const total = powers.reduce((a, b) => a + b, 0);
      const values = transposed(v.map((value) => part(value, shared)));
      return values.map((column) => dot(column, powers) / total);
    }).flat();
  });
}

/** Angle per token of each pair, as Llama 3.1's reference code words it: by wavelengths. */
export function wavelengthFrequencies(width: number, theta: number, rope: Config | null): number[] {
  const kind = rope?.rope_type ?? rope?.type;
  return Array.from({ length: width / 2 }, (_, i) => {
    const frequency = theta ** (-(2 * i) / width);
    if (kind === "linear") return frequency / Number(rope!.factor);
    if (kind !== "llama3") return frequency;
    const [factor, low, high, old] = [
      rope!.factor,
      rope!.low_freq_factor,
      rope!.high_freq_factor,
      rope!.original_max_position_embeddings,
    ].map(Number) as [number, number, number, number];
    const wavelength = (2 * Math.PI) / frequency;
    if (wavelength < old / high) return frequency;
    if (wavelength > old / low) return frequency / factor;
    const smooth = (old / wavelength - low) / (high - low);
    return ((1 - smooth) * frequency) / factor + smooth * frequency;
  });
}

function turnBy(frequencies: readonly number[]) {
  return (vector: readonly number[], position: number): number[] => {
    const half = vector.length / 2;
    return vector.map((x, i) => {
      const angle = position * frequencies[i % half]!;
      const other = i < half ? -vector[i + half]! : vector[i - half]!;
      return x * Math.cos(angle) + other * Math.sin(angle);
    });
  };
}

/** Logits [S][V] of a Llama or a Mistral after each token of one text. */
export function llamaLogits(model: Model, json: Config, ids: readonly number[]): Matrix {
  const { has, matrix, vector } = lookup(model);
  const config = model.config as unknown as Readonly<Record<string, number>>;
  const frequencies = wavelengthFrequencies(
    config.headDim!,
    Number(json.rope_theta),
    (json.rope_scaling as Config) ?? null,
  );
  const window = Number(json.sliding_window ?? Number.POSITIVE_INFINITY);
  const act = activations[String(json.hidden_act ?? "silu")]!;
  const eps = Number(json.rms_norm_eps ?? 1e-6);
  const embeddings = matrix("model.embed_tokens.weight");
  let x: Matrix = ids.map((id) => embeddings[id]!);
  for (let layer = 0; layer < Number(json.num_hidden_layers); layer++) {
    const at = `model.layers.${layer}`;
    const map = (input: Matrix, name: string) => {
      const bias = `${at}.${name}.bias`;
      return linear(input, matrix(`${at}.${name}.weight`), has(bias) ? vector(bias) : undefined);
    };
    const normed = rmsNorm(x, vector(`${at}.input_layernorm.weight`), eps);
    const [q, k, v] = ["q", "k", "v"].map((p) => map(normed, `self_attn.${p}_proj`));
    const context = attention(q!, k!, v!, {
      heads: config.numAttentionHeads!,
      keyHeads: config.numKeyValueHeads!,
      scale: 1 / Math.sqrt(config.headDim!),
      sees: (i, j) => j <= i && i - j < window,
      turn: turnBy(frequencies),
    });
    x = plus(x, map(context, "self_attn.o_proj"));
    const fed = rmsNorm(x, vector(`${at}.post_attention_layernorm.weight`), eps);
    const gate = each(map(fed, "mlp.gate_proj"), act);
    const up = map(fed, "mlp.up_proj");
    const product = gate.map((row, i) => row.map((g, j) => g * up[i]![j]!));
    x = plus(x, map(product, "mlp.down_proj"));
  }
  const final = rmsNorm(x, vector("model.norm.weight"), eps);
  return linear(final, has("lm_head.weight") ? matrix("lm_head.weight") : embeddings);
}

/** Logits [S][V] of a GPT-2 after each token of one text. */
export function gpt2Logits(model: Model, json: Config, ids: readonly number[]): Matrix {
  const { has, matrix, vector } = lookup(model);
  const act = activations[String(json.activation_function ?? "gelu_new")]!;
  const [heads, width] = [Number(json.n_head), Number(json.n_embd)];
  const [words, places] = [matrix("transformer.wte.weight"), matrix("transformer.wpe.weight")];
  let x: Matrix = plus(
    ids.map((id) => words[id]!),
    places.slice(0, ids.length),
  );
  const norm = (input: Matrix, name: string) =>
    layerNorm(input, vector(`${name}.weight`), vector(`${name}.bias`), 1e-5);
  for (let layer = 0; layer < Number(json.n_layer); layer++) {
    const at = `transformer.h.${layer}`;
    const map = (input: Matrix, name: string) =>
      linear(input, transposed(matrix(`${at}.${name}.weight`)), vector(`${at}.${name}.bias`));
    const together = map(norm(x, `${at}.ln_1`), "attn.c_attn");
    const [q, k, v] = [0, 1, 2].map((i) =>
      together.map((row) => row.slice(i * width, (i + 1) * width)),
    );
    const byWidth = json.scale_attn_weights === false ? 1 : 1 / Math.sqrt(width / heads);
    const scale = json.scale_attn_by_inverse_layer_idx ? byWidth / (layer + 1) : byWidth;
    const context = attention(q!, k!, v!, {
      heads,
      keyHeads: heads,
      scale,
      sees: (i, j) => j <= i,
    });
    x = plus(x, map(context, "attn.c_proj"));
    x = plus(x, map(each(map(norm(x, `${at}.ln_2`), "mlp.c_fc"), act), "mlp.c_proj"));
  }
  return linear(
    norm(x, "transformer.ln_f"),
    has("lm_head.weight") ? matrix("lm_head.weight") : words,
  );
}

/** States [S][D] of a RoBERTa for one text without padding. */
export function robertaStates(model: Model, json: Config, ids: readonly number[]): Matrix {
  const { matrix, vector } = lookup(model);
  const heads = Number(json.num_attention_heads);
  const table = (name: string) => matrix(`roberta.embeddings.${name}_embeddings.weight`);
  const [words, places, types] = [table("word"), table("position"), table("token_type")];
  const summed = ids.map((id, i) => {
    const place = places[i + 1 + Number(json.pad_token_id)]!;
    return words[id]!.map((x, j) => x + place[j]! + types[0]![j]!);
  });
  const norm = (input: Matrix, name: string) =>
    layerNorm(input, vector(`roberta.${name}.weight`), vector(`roberta.${name}.bias`), 1e-5);
  let x = norm(summed, "embeddings.LayerNorm");
  for (let layer = 0; layer < Number(json.num_hidden_layers); layer++) {
    const at = `encoder.layer.${layer}`;
    const map = (input: Matrix, name: string) =>
      linear(input, matrix(`roberta.${at}.${name}.weight`), vector(`roberta.${at}.${name}.bias`));
    const [q, k, v] = ["query", "key", "value"].map((p) => map(x, `attention.self.${p}`));
    const scale = 1 / Math.sqrt(x[0]!.length / heads);
    const context = attention(q!, k!, v!, { heads, keyHeads: heads, scale, sees: () => true });
    x = norm(plus(x, map(context, "attention.output.dense")), `${at}.attention.output.LayerNorm`);
    const wide = each(map(x, "intermediate.dense"), activations.gelu!);
    x = norm(plus(x, map(wide, "output.dense")), `${at}.output.LayerNorm`);
  }
  return x;
}

/** Logits [S][V] of a RoBERTa's masked language model. */
export function robertaLogits(model: Model, json: Config, ids: readonly number[]): Matrix {
  const { matrix, vector } = lookup(model);
  const states = robertaStates(model, json, ids);
  const dense = linear(states, matrix("lm_head.dense.weight"), vector("lm_head.dense.bias"));
  const normed = layerNorm(
    each(dense, activations.gelu!),
    vector("lm_head.layer_norm.weight"),
    vector("lm_head.layer_norm.bias"),
    1e-5,
  );
  const words = matrix("roberta.embeddings.word_embeddings.weight");
  return linear(normed, words, vector("lm_head.bias"));
}

/** Logits [C] of a RoBERTa's classification head. */
export function robertaClasses(
  model: Model,
  json: Config,
  ids: readonly number[],
): readonly number[] {
  const { matrix, vector } = lookup(model);
  const first = robertaStates(model, json, ids).slice(0, 1);
  const map = (input: Matrix, name: string) =>
    linear(input, matrix(`classifier.${name}.weight`), vector(`classifier.${name}.bias`));
  return map(each(map(first, "dense"), Math.tanh), "out_proj")[0]!;
}
