/**
 * @file Our generation beside transformers.js's, in one process: the same weights, exported for it, the same
 * sources, greedy, the same number of tokens. Runners take turns, so that a busy machine slows all alike; the
 * processor time beside the time on the clock does not count what others of the machine do.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { performance } from "node:perf_hooks";
import { ConfigError } from "../base/index.ts";
import { exportModel } from "../export/index.ts";
import { createModel, Model } from "../model/index.ts";
import { defaultThreads } from "../runtime/index.ts";
import { trainTokenizer } from "../tokenizer/index.ts";
import { median } from "./median.ts";

/** Whose figures there are: theirs, ours, ours in 8 bits. */
export const runnerNames = ["transformers.js", "codet5", "codet5 int8"] as const;
export type RunnerName = (typeof runnerNames)[number];

export interface AgainstOptions {
  /** A T5 that generates. */
  readonly model: Model;
  /** [B][S] without padding, for each batch size that is measured. */
  readonly batches: readonly (readonly (readonly number[])[])[];
  /** Tokens of each example, no fewer and no more. */
  readonly newTokens: number;
  /** Rounds in which every runner has its turn. */
  readonly repeats: number;
}

/** One call: seconds on the clock and of the processor. */
interface Cost {
  readonly wall: number;
  readonly cpu: number;
}

/** Per second, on the clock and of processor time. */
export interface Rate {
  readonly wall: number;
  readonly cpu: number;
}

/** Medians over the rounds. */
export interface RunnerFigures {
  /** New tokens of whole calls, the encoder included. */
  readonly tokens: Rate;
  /** New tokens behind the first. */
  readonly decodedTokens: Rate;
  /** Sources encoded: a call for one token, less the time of a token. */
  readonly encodedSources: Rate;
  /** Share of its tokens that are ours in 32 bits, in [0, 1]. */
  readonly sameTokens: number;
}

/** Medians of ratios within a round. */
export interface Ratios {
  readonly tokens: Rate;
  readonly decodedTokens: Rate;
  readonly encodedSources: Rate;
}

export interface BatchFigures {
  readonly batchSize: number;
  readonly sourceLength: number;
  readonly runners: Readonly<Record<RunnerName, RunnerFigures>>;
  /** Ours over theirs. */
  readonly overTransformers: Ratios;
  /** In 8 bits over in 32, both ours. */
  readonly int8OverFloat: Ratios;
}

/**
 * A T5 with drawn weights whose words depend on all its layers: its embeddings are small beside what the
 * layers add, so that libraries that differ anywhere write other words.
 */
export function livelyModel(configJson: Readonly<Record<string, unknown>>, seed: number): Model {
  const model = createModel("t5", configJson, { seed });
  const { data } = model.weights.get("shared.weight")!;
  for (let i = 0; i < data.length; i++) data[i]! *= 0.1;
  return model;
}

/** Someone who generates. */
interface Runner {
  /** @returns [B][newTokens] */
  generate(inputIds: AgainstOptions["batches"][number], newTokens: number): Promise<number[][]>;
  release(): Promise<void>;
}

/**
 * @param tell called after every measured call: calls done and of how many
 * @throws ConfigError `bench.peer` where transformers.js is not installed
 */
export async function benchAgainstTransformers(
  options: AgainstOptions,
  tell: (done: number, total: number) => void,
): Promise<BatchFigures[]> {
  const { model, batches, repeats } = options;
  const { device } = model;
  const runners: Record<RunnerName, Runner> = {
    "transformers.js": await transformersRunner(model),
    codet5: ourRunner(new Model(model, model.weights, device)),
    "codet5 int8": ourRunner(new Model(model, model.weights, device, "int8")),
  };
  let done = 0;
  const total = batches.length * repeats * runnerNames.length;
  const figures: BatchFigures[] = [];
  for (const batch of batches) {
    figures.push(await measureBatch(runners, batch, options, () => tell(++done, total)));
  }
  for (const runner of Object.values(runners)) await runner.release();
  return figures;
}

function ourRunner(model: Model): Runner {
  return {
    generate: async (inputIds, newTokens) => {
      const exactly = { minNewTokens: newTokens, maxNewTokens: newTokens };
      const { sequences } = await model.generate({ inputIds, numBeams: 1, ...exactly });
      return sequences.map((row) => row.slice(1));
    },
    release: () => model.release(),
  };
}

/** @throws ConfigError `bench.peer` */
async function loadTransformers() {
  try {
    return await import("@huggingface/transformers");
  } catch (cause) {
    throw new ConfigError(
      "bench.peer",
      "transformers.js is not installed",
      { expected: "the package @huggingface/transformers", got: "none", help: "npm install it" },
      cause,
    );
  }
}

async function transformersRunner(model: Model): Promise<Runner> {
  const { AutoModelForSeq2SeqLM, env, Tensor } = await loadTransformers();
  const scratch = mkdtempSync(join(tmpdir(), "codet5-bench-"));
  try {
    const folder = join(scratch, "model");
    // any tokenizer will do: ids go in and come out
    const tokenizer = trainTokenizer(["int a;"], { vocabSize: 300 });
    await exportModel(model, tokenizer, folder, { format: "onnx", quantization: "none" });
    env.allowRemoteModels = false;
    env.localModelPath = dirname(folder);
    const threads = { intraOpNumThreads: defaultThreads(), interOpNumThreads: 1 };
    const theirs = await AutoModelForSeq2SeqLM.from_pretrained(basename(folder), {
      dtype: "fp32",
      session_options: threads,
    });
    return {
      generate: async (inputIds, newTokens) => {
        const dims = [inputIds.length, inputIds[0]!.length];
        const ids = BigInt64Array.from(inputIds.flat(), BigInt);
        const generated = await theirs.generate({
          inputs: new Tensor("int64", ids, dims),
          attention_mask: new Tensor("int64", new BigInt64Array(ids.length).fill(1n), dims),
          min_new_tokens: newTokens,
          max_new_tokens: newTokens,
          num_beams: 1,
          do_sample: false,
        });
        const rows = (generated as InstanceType<typeof Tensor>).tolist() as bigint[][];
        return rows.map((row) => row.slice(1).map(Number));
      },
      release: async () => {
        await theirs.dispose();
      },
    };
  } finally {
    // opened files stay readable, and transformers.js has read them
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** What one runner's turn cost. */
interface Turn {
  readonly whole: Cost;
  readonly first: Cost;
}

async function measureBatch(
  runners: Readonly<Record<RunnerName, Runner>>,
  batch: AgainstOptions["batches"][number],
  { newTokens, repeats }: AgainstOptions,
  tell: () => void,
): Promise<BatchFigures> {
  const turns = recordOf(() => [] as Turn[]);
  const texts = recordOf(() => [] as number[][]);
  for (const name of runnerNames) await runners[name].generate(batch, Math.min(3, newTokens));
  for (let round = 0; round < repeats; round++) {
    for (const name of runnerNames) {
      const runner = runners[name];
      const whole = await measured(() => runner.generate(batch, newTokens));
      const first = await measured(() => runner.generate(batch, 1));
      turns[name].push({ whole: whole.cost, first: first.cost });
      texts[name] = whole.result;
      tell();
    }
  }
  const ours = texts.codet5.flat();
  const figures = (name: RunnerName): RunnerFigures => {
    const paces = turns[name].map((turn) => pacesOf(turn, batch.length, newTokens));
    const same = texts[name].flat().filter((token, i) => token === ours[i]).length;
    return { ...medians(paces), sameTokens: same / ours.length };
  };
  const ratios = (above: RunnerName, below: RunnerName): Ratios =>
    medians(
      turns[above].map((turn, round) => {
        const [a, b] = [turn, turns[below][round]!].map((one) =>
          pacesOf(one, batch.length, newTokens),
        ) as [Ratios, Ratios];
        return {
          tokens: over(a.tokens, b.tokens),
          decodedTokens: over(a.decodedTokens, b.decodedTokens),
          encodedSources: over(a.encodedSources, b.encodedSources),
        };
      }),
    );
  return {
    batchSize: batch.length,
    sourceLength: batch[0]!.length,
    runners: Object.fromEntries(
      runnerNames.map((name) => [name, figures(name)]),
    ) as BatchFigures["runners"],
    overTransformers: ratios("codet5", "transformers.js"),
    int8OverFloat: ratios("codet5 int8", "codet5"),
  };
}

function recordOf<T>(make: () => T): Record<RunnerName, T> {
  return Object.fromEntries(runnerNames.map((name) => [name, make()])) as Record<RunnerName, T>;
}

async function measured<T>(work: () => Promise<T>) {
  const [start, before] = [performance.now(), process.cpuUsage()];
  const result = await work();
  const { user, system } = process.cpuUsage(before);
  return {
    result,
    cost: { wall: (performance.now() - start) / 1000, cpu: (user + system) / 1e6 },
  };
}

function pacesOf({ whole, first }: Turn, batchSize: number, newTokens: number): Ratios {
  const per = (amount: number, cost: Cost): Rate => {
    return { wall: amount / cost.wall, cpu: amount / cost.cpu };
  };
  const rest = newTokens - 1;
  const behind = { wall: whole.wall - first.wall, cpu: whole.cpu - first.cpu };
  const encoder = {
    wall: first.wall - behind.wall / rest,
    cpu: first.cpu - behind.cpu / rest,
  };
  return {
    tokens: per(batchSize * newTokens, whole),
    decodedTokens: per(batchSize * rest, behind),
    encodedSources: per(batchSize, encoder),
  };
}

function over(a: Rate, b: Rate): Rate {
  return { wall: a.wall / b.wall, cpu: a.cpu / b.cpu };
}

function medians(all: readonly Ratios[]): Ratios {
  const of = (key: keyof Ratios): Rate => {
    const rates = all.map((one) => one[key]);
    return { wall: median(rates.map(({ wall }) => wall)), cpu: median(rates.map((r) => r.cpu)) };
  };
  return {
    tokens: of("tokens"),
    decodedTokens: of("decodedTokens"),
    encodedSources: of("encodedSources"),
  };
}
