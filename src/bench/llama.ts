/** @file A random Llama in 4 bits: ours beside llama.cpp's Q4_0 of the same weights, in turns within one run. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { Random, sizeOf } from "../base/index.ts";
import { exportModelGguf, openGguf } from "../gguf/index.ts";
import { describeModel, loadModel, passingWeights } from "../model/index.ts";
import { defaultThreads } from "../runtime/index.ts";
import { trainTokenizer } from "../tokenizer/index.ts";
import { median } from "./median.ts";
import { writeRandomLlama } from "./random-llama.ts";

/** What a Llama is built of. */
export interface LlamaShape {
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly numLayers: number;
  readonly numHeads: number;
  readonly numKeyValueHeads: number;
}

export interface LlamaBenchOptions extends LlamaShape {
  readonly promptLength: number;
  /** Tokens decoded, one at a time, after a short prompt. */
  readonly newTokens: number;
  /** Prompts by matrices of 8 bits, kept beside the blocks. */
  readonly fastPrompts: boolean;
  /** Times each is measured. */
  readonly repeats: number;
  readonly seed: number;
}

/** Tokens/s, medians over the turns. */
export interface Speeds {
  readonly prompt: number;
  readonly decode: number;
}

export interface LlamaFigures {
  readonly parameters: number;
  readonly ours: Speeds;
  readonly llamaCpp: Speeds;
  /** Ours over llama.cpp's, the median of the turns' ratios. */
  readonly ratios: Speeds;
}

const shortPrompt = 4;

/** The continuation of a prompt, greedily. */
type Continue = (ids: readonly number[], count: number) => Promise<unknown>;

/**
 * Measure; the model lies in a temporary folder meanwhile, 4.3 bytes a parameter.
 * @param tell called with turns done
 * @throws ConfigError `gguf.missing` without `node-llama-cpp`; DataError `model.memory`, `disk.full`
 */
export async function benchLlama(
  options: LlamaBenchOptions,
  tell: (done: number) => void,
): Promise<LlamaFigures> {
  const folder = mkdtempSync(join(tmpdir(), "codet5-bench-"));
  try {
    const { parameters, gguf } = prepare(folder, options);
    const contextSize = options.promptLength + options.newTokens + 2 * shortPrompt;
    const native = await openGguf(gguf, { contextSize, threads: defaultThreads() });
    const model = await loadModel(join(folder, "model"), {
      quantization: "int4",
      cache: folder,
      hasFastPrompts: options.fastPrompts,
    });
    const ours: Continue = (ids, count) => {
      const inputIds = [[...ids]];
      return model.generate({ inputIds, minNewTokens: count, maxNewTokens: count, numBeams: 1 });
    };
    const turns: { ours: Speeds; llamaCpp: Speeds }[] = [];
    await measure(ours, options);
    await measure(native.greedy, options);
    for (let turn = 1; turn <= options.repeats; turn++) {
      turns.push({
        ours: await measure(ours, options),
        llamaCpp: await measure(native.greedy, options),
      });
      tell(turn);
    }
    await native.close();
    await model.release();
    return { parameters, ...figuresOf(turns) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function prepare(folder: string, options: LlamaBenchOptions) {
  const path = join(folder, "model");
  writeRandomLlama(path, {
    model_type: "llama",
    vocab_size: options.vocabSize,
    hidden_size: options.hiddenSize,
    intermediate_size: options.intermediateSize,
    num_hidden_layers: options.numLayers,
    num_attention_heads: options.numHeads,
    num_key_value_heads: options.numKeyValueHeads,
    max_position_embeddings: 2 * (options.promptLength + options.newTokens + shortPrompt),
    ...{ rms_norm_eps: 1e-5, rope_theta: 500_000, bos_token_id: 0, eos_token_id: 1 },
  });
  const { spec, parameters, checkpoint } = describeModel(path);
  const names = parameters.map(({ name }) => name);
  const weights = passingWeights(names, checkpoint.tensors);
  const tokenizer = trainTokenizer(["x"], { vocabSize: 261, numSentinels: 0 });
  const gguf = join(folder, "q4_0.gguf");
  exportModelGguf({ ...spec, weights }, tokenizer, gguf, { type: "q4_0", name: "random" });
  const count = parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  return { parameters: count, gguf };
}

/** Of decoding, what more tokens take than one does after the same prompt. */
async function measure(go: Continue, options: LlamaBenchOptions): Promise<Speeds> {
  const random = new Random(options.seed, "bench");
  const draw = (length: number) => Array.from({ length }, () => 2 + random.below(250));
  const timed = async (ids: readonly number[], count: number) => {
    const start = performance.now();
    await go(ids, count);
    return (performance.now() - start) / 1000;
  };
  const prompt = options.promptLength / (await timed(draw(options.promptLength), 1));
  const short = draw(shortPrompt);
  const first = await timed(short, 1);
  const all = await timed(short, options.newTokens + 1);
  return { prompt, decode: options.newTokens / (all - first) };
}

function figuresOf(turns: readonly { readonly ours: Speeds; readonly llamaCpp: Speeds }[]) {
  const of = (figure: (turn: (typeof turns)[number], kind: keyof Speeds) => number): Speeds => {
    const middle = (kind: keyof Speeds) => median(turns.map((turn) => figure(turn, kind)));
    return { prompt: middle("prompt"), decode: middle("decode") };
  };
  return {
    ours: of(({ ours }, kind) => ours[kind]),
    llamaCpp: of(({ llamaCpp }, kind) => llamaCpp[kind]),
    ratios: of(({ ours, llamaCpp }, kind) => ours[kind] / llamaCpp[kind]),
  };
}
