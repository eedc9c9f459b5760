/** @file Models in GGUF files, run by llama.cpp through `node-llama-cpp`, which is installed when wanted. */
import { availableParallelism } from "node:os";
import { ConfigError, RuntimeFailure } from "../base/index.ts";
import { readGgufModel, requireAdapter } from "./check.ts";

/** The part of node-llama-cpp 3.22 that is used; the package need not be there. */
interface LlamaCpp {
  getLlama(options: object): Promise<{
    loadModel(options: object): Promise<NativeModel>;
    dispose(): Promise<void>;
  }>;
}

interface NativeModel {
  tokenize(text: string, specialTokens: boolean): number[];
  readonly tokens: { readonly bosString: string | null; readonly eosString: string | null };
  createContext(options: object): Promise<{ getSequence(): NativeSequence }>;
}

type EvaluatedItem = number | readonly [number, object];

interface NativeSequence {
  clearHistory(): Promise<void>;
  controlledEvaluate(
    items: readonly EvaluatedItem[],
  ): Promise<readonly ({ readonly next: NextToken } | undefined)[]>;
}

interface NextToken {
  readonly logits?: ReadonlyMap<number, number>;
  readonly totalLogitWeight?: number;
}

export interface GgufOptions {
  /** Tokens of the longest prompt and its continuation. */
  readonly contextSize: number;
  /** Default: all cores; llama.cpp's own default is a hundred times slower on small machines. */
  readonly threads?: number;
  /** A GGUF file of a LoRA adapter. */
  readonly adapter?: string;
  /** Attention, with its keys and values, in 32 bits instead of 16. */
  readonly isPrecise?: boolean;
}

/** A model in memory; one prompt at a time. */
export interface GgufModel {
  readonly chatTemplate?: string;
  readonly bosToken: string;
  readonly eosToken: string;
  /** @param special special tokens in the text count as such */
  tokenize(text: string, special: boolean): number[];
  /**
   * Log-probabilities (nats) of tokens after a prompt, and the likeliest of all tokens.
   * P(t) = exp(logit(t) - highest) / sum of exp(logit - highest).
   */
  next(
    ids: readonly number[],
    tokens: readonly number[],
  ): Promise<{ readonly logOf: (id: number) => number; readonly likeliest: number }>;
  /** The likeliest continuation. */
  greedy(ids: readonly number[], count: number): Promise<number[]>;
  close(): Promise<void>;
}

const inFloats = {
  flashAttention: false,
  experimentalKvCacheKeyType: "F32",
  experimentalKvCacheValueType: "F32",
} as const;

/**
 * Load a GGUF file.
 * @throws ConfigError `gguf.missing` when `node-llama-cpp` is not installed, `gguf.context`,
 * `gguf.architecture`; DataError `gguf.*`, `file.*`; RuntimeFailure `gguf.failed`
 */
export async function openGguf(path: string, options: GgufOptions): Promise<GgufModel> {
  const info = readGgufModel(path);
  const { adapter, contextSize, threads = availableParallelism(), isPrecise = false } = options;
  if (contextSize > info.contextLength) {
    throw new ConfigError("gguf.context", "a longer context than the model has", {
      expected: `at most ${info.contextLength} tokens`,
      got: String(contextSize),
      where: path,
    });
  }
  if (adapter !== undefined) requireAdapter(adapter, info);
  const { getLlama } = await loadLlamaCpp();
  try {
    const llama = await getLlama({
      ...{ gpu: false, build: "never", skipDownload: true, progressLogs: false },
      ...{ logLevel: "error", maxThreads: threads },
    });
    const model = await llama.loadModel({ modelPath: path });
    const context = await model.createContext({
      ...{ contextSize, threads, sequences: 1 },
      ...(isPrecise ? inFloats : {}),
      ...(adapter === undefined ? {} : { lora: { adapters: [{ filePath: adapter }] } }),
    });
    const { chatTemplate } = info;
    return {
      ...(chatTemplate === undefined ? {} : { chatTemplate }),
      bosToken: model.tokens.bosString ?? "",
      eosToken: model.tokens.eosString ?? "",
      tokenize: (text, special) => model.tokenize(text, special),
      ...evaluation(context.getSequence()),
      close: () => llama.dispose(),
    };
  } catch (cause) {
    const got = String((cause as Error | undefined)?.message ?? cause).slice(0, 300);
    const details = { expected: "a model that llama.cpp loads", got, where: path };
    throw new RuntimeFailure("gguf.failed", "llama.cpp refused the model", details, cause);
  }
}

function evaluation(sequence: NativeSequence): Pick<GgufModel, "next" | "greedy"> {
  const evaluate = async (ids: readonly number[], tokens: readonly number[]) => {
    const wanted = { filter: { tokens, includeTop: 1 } };
    const last = [
      ids.at(-1)!,
      { generateNext: { logits: wanted, totalLogitWeight: true } },
    ] as const;
    const outputs = await sequence.controlledEvaluate([...ids.slice(0, -1), last]);
    const { logits, totalLogitWeight } = outputs.at(-1)?.next ?? {};
    if (logits === undefined || totalLogitWeight === undefined) {
      throw new RuntimeFailure("gguf.failed", "internal: llama.cpp gave no logits");
    }
    const [likeliest, highest] = [...logits].reduce((a, b) => (b[1] > a[1] ? b : a));
    const shift = highest + Math.log(totalLogitWeight);
    return {
      logOf: (id: number) => (logits.get(id) ?? Number.NEGATIVE_INFINITY) - shift,
      likeliest,
    };
  };
  return {
    async next(ids, tokens) {
      await sequence.clearHistory();
      return evaluate(ids, tokens);
    },
    async greedy(ids, count) {
      await sequence.clearHistory();
      const found: number[] = [];
      let fed = ids;
      while (found.length < count) {
        const { likeliest } = await evaluate(fed, []);
        found.push(likeliest);
        fed = [likeliest];
      }
      return found;
    },
  };
}

/** Named apart, so that neither compiler nor bundler looks for a package that is optional. */
const packageName: string = "node-llama-cpp";

/** Before long work: is it there? @throws ConfigError `gguf.missing` */
export async function requireLlamaCpp(): Promise<void> {
  await loadLlamaCpp();
}

async function loadLlamaCpp(): Promise<LlamaCpp> {
  try {
    return (await import(packageName)) as LlamaCpp;
  } catch (cause) {
    throw new ConfigError(
      "gguf.missing",
      "GGUF files need node-llama-cpp, which is not installed",
      {
        expected: "node-llama-cpp 3.22.1 beside codet5",
        got: (cause as NodeJS.ErrnoException | undefined)?.code ?? String(cause),
        help: "npm install node-llama-cpp@3.22.1; without GPU libraries (600 MB): --omit=optional, and the package @node-llama-cpp/ of your platform",
      },
      cause,
    );
  }
}
