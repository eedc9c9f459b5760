/** @file How fast functions are classified, and whether memory grows with their number. */
import { performance } from "node:perf_hooks";
import { resourceUsage } from "node:process";
import { Random } from "../base/index.ts";
import type { Model } from "../model/index.ts";
import { classifyFunctions } from "../tasks/index.ts";
import type { Tokenizer } from "../tokenizer/index.ts";
import { median } from "./median.ts";

export interface ClassifyBenchOptions {
  readonly model: Model;
  readonly tokenizer: Tokenizer;
  /** Functions to classify. */
  readonly functions: number;
  /** Tokens of each, special ones included. */
  readonly sourceLength: number;
  readonly seed: number;
}

/** Functions read from files before any is classified, as `codet5 classify` does. */
const chunkSize = 512;

export interface ClassifyFigures {
  readonly functions: number;
  readonly functionsPerSecond: number;
  /** Per second of processor time, all threads together. */
  readonly functionsPerCpuSecond: number;
  /** Of the whole time, in [0, 1]: text to ids. */
  readonly tokenizingShare: number;
  /** Of the process after the first tenth, and after the last. */
  readonly earlyRssBytes: number;
  readonly lateRssBytes: number;
  readonly peakRssBytes: number;
}

/**
 * Classify functions made of drawn tokens, decoded, so that none is like another and all are longer than
 * the limit, to which they are cut.
 */
export async function benchClassify(
  options: ClassifyBenchOptions,
  tell: (done: number) => void,
): Promise<ClassifyFigures> {
  const { model, tokenizer, functions } = options;
  const settings = {
    prompt: "",
    maxSourceLength: options.sourceLength,
    threshold: 0.5,
    temperature: 1,
    trainLanguages: undefined,
    measured: [],
  };
  await classifyFunctions(model, tokenizer, drawFunctions(options, 0, 16), settings);
  const rss: number[] = [];
  let [seconds, cpuSeconds, tokenizing] = [0, 0, 0];
  for (let done = 0; done < functions; ) {
    const chunk = drawFunctions(options, done, Math.min(chunkSize, functions - done));
    tokenizing += timeOf(() => {
      for (const { code } of chunk) tokenizer.encode(code, { maxLength: options.sourceLength });
    });
    const [start, before] = [performance.now(), process.cpuUsage()];
    await classifyFunctions(model, tokenizer, chunk, settings);
    const { user, system } = process.cpuUsage(before);
    seconds += (performance.now() - start) / 1000;
    cpuSeconds += (user + system) / 1e6;
    done += chunk.length;
    rss.push(process.memoryUsage.rss());
    tell(done);
  }
  const tenth = Math.max(1, Math.floor(rss.length / 10));
  return {
    functions,
    functionsPerSecond: functions / seconds,
    functionsPerCpuSecond: functions / cpuSeconds,
    tokenizingShare: tokenizing / seconds,
    earlyRssBytes: median(rss.slice(0, tenth)),
    lateRssBytes: median(rss.slice(-tenth)),
    peakRssBytes: resourceUsage().maxRSS * 1024,
  };
}

/** Ids of a byte-level vocabulary decode to one space or letter at least. */
function drawFunctions(
  { tokenizer, sourceLength, seed }: ClassifyBenchOptions,
  first: number,
  count: number,
) {
  return Array.from({ length: count }, (_, i) => {
    const random = new Random(seed, "bench", first + i);
    const ids = Array.from({ length: sourceLength }, () => random.below(tokenizer.vocabSize));
    return { code: tokenizer.decode(ids, { skipSpecialTokens: true }), language: undefined };
  });
}

function timeOf(work: () => void): number {
  const start = performance.now();
  work();
  return (performance.now() - start) / 1000;
}
