/** @file How fast a model generates: greedy, beams, a batch; what a token costs early and late. */
import { performance } from "node:perf_hooks";
import { resourceUsage } from "node:process";
import { Random } from "../base/index.ts";
import { createModel, type GenerateOptions, type Model } from "../model/index.ts";
import { type RunEvent, watchRuns } from "../runtime/index.ts";
import { median } from "./median.ts";

export interface GenerateBenchOptions {
  /** `config.json` of the model, a T5. */
  readonly modelConfig: Readonly<Record<string, unknown>>;
  readonly sourceLength: number;
  /** Tokens generated for each example, no fewer and no more. */
  readonly newTokens: number;
  readonly numBeams: number;
  /** Examples of the batched mode. */
  readonly batchSize: number;
  /** Positions whose cost is compared, in tokens from 1. */
  readonly earlyPosition: number;
  readonly latePosition: number;
  /** Times each mode is measured. */
  readonly repeats: number;
  readonly seed: number;
}

/** What is measured: `greedy` one example, `beam` one with beams, `batch` many greedily. */
export const generateModes = ["greedy", "beam", "batch"] as const;
export type GenerateMode = (typeof generateModes)[number];

/** Half-width of the window of tokens around a position whose median is its cost. */
const windowRadius = 5;

/** Figures of one mode: medians over its repeats. */
export interface ModeFigures {
  readonly examples: number;
  readonly numBeams: number;
  /** Tokens of returned sequences per second of the whole call, encoder included. */
  readonly tokensPerSecond: number;
  readonly ms: number;
  readonly encoderRuns: number;
  readonly encodeMs: number;
  /** Of the whole call, in [0, 1]. */
  readonly encodeShare: number;
  readonly stepRuns: number;
  readonly earlyTokenMs: number;
  readonly lateTokenMs: number;
  /** Late over early. */
  readonly positionRatio: number;
}

/**
 * Generate with random weights and ids; ends are forbidden, so that every sequence has its full length.
 * @param tell called after every measured call: calls done, of how many, and the mode
 */
export async function benchGenerate(
  options: GenerateBenchOptions,
  tell: (done: number, total: number, mode: GenerateMode) => void,
) {
  const model = createModel("t5", options.modelConfig, { seed: options.seed });
  const total = generateModes.length * options.repeats;
  const modes: Partial<Record<GenerateMode, ModeFigures>> = {};
  for (const [index, mode] of generateModes.entries()) {
    modes[mode] = await measureMode(model, mode, options, (done) =>
      tell(index * options.repeats + done, total, mode),
    );
  }
  await model.release();
  return {
    modes: modes as Record<GenerateMode, ModeFigures>,
    peakRssBytes: resourceUsage().maxRSS * 1024,
  };
}

async function measureMode(
  model: Model,
  mode: GenerateMode,
  options: GenerateBenchOptions,
  tell: (done: number) => void,
): Promise<ModeFigures> {
  const examples = mode === "batch" ? options.batchSize : 1;
  const numBeams = mode === "beam" ? options.numBeams : 1;
  const inputIds = randomSources(options, examples, model.config.vocabSize);
  const generate = (newTokens: number) => {
    const exactly: GenerateOptions = { minNewTokens: newTokens, maxNewTokens: newTokens, numBeams };
    return model.generate({ ...exactly, inputIds });
  };
  await generate(Math.min(4, options.newTokens)); // compiles, and warms up
  const calls: WatchedCall[] = [];
  for (let repeat = 0; repeat < options.repeats; repeat++) {
    calls.push(await watched(() => generate(options.newTokens)));
    tell(repeat + 1);
  }
  return { examples, numBeams, ...figuresOf(calls, examples * options.newTokens, options) };
}

/** [B][S] ids drawn with the seed, none of them special. */
export function randomSources(
  options: Pick<GenerateBenchOptions, "seed" | "sourceLength">,
  examples: number,
  vocabSize: number,
): number[][] {
  const random = new Random(options.seed, "bench");
  const firstId = Math.min(3, vocabSize - 1); // past pad, start and end
  return Array.from({ length: examples }, () =>
    Array.from({ length: options.sourceLength }, () => {
      return firstId + random.below(vocabSize - firstId);
    }),
  );
}

interface WatchedCall {
  readonly ms: number;
  readonly encoder: readonly RunEvent[];
  readonly steps: readonly RunEvent[];
}

async function watched(call: () => Promise<unknown>): Promise<WatchedCall> {
  const events: RunEvent[] = [];
  const stop = watchRuns((event) => events.push(event));
  const start = performance.now();
  try {
    await call();
  } finally {
    stop();
  }
  const ms = performance.now() - start;
  const of = (graph: string) => events.filter((event) => event.graph === graph);
  return { ms, encoder: of("decoding encoder"), steps: of("decoding step") };
}

function figuresOf(
  calls: readonly WatchedCall[],
  tokens: number,
  { earlyPosition, latePosition }: GenerateBenchOptions,
) {
  const of = (figure: (call: WatchedCall) => number) => median(calls.map(figure));
  const encodeMs = of(({ encoder }) => encoder.reduce((sum, run) => sum + durationOf(run), 0));
  const ms = of((call) => call.ms);
  const [earlyTokenMs, lateTokenMs] = [earlyPosition, latePosition].map((position) => {
    return of(({ steps }) => tokenMs(steps, position));
  }) as [number, number];
  return {
    tokensPerSecond: (1000 * tokens) / ms,
    ms,
    encoderRuns: of(({ encoder }) => encoder.length),
    encodeMs,
    encodeShare: encodeMs / ms,
    stepRuns: of(({ steps }) => steps.length),
    earlyTokenMs,
    lateTokenMs,
    positionRatio: lateTokenMs / earlyTokenMs,
  };
}

const durationOf = ({ startMs, endMs }: RunEvent) => endMs - startMs;

/** From the end of one step to the end of the next: the search and the caches are part of it. */
function tokenMs(steps: readonly RunEvent[], position: number): number {
  const near: number[] = [];
  for (let at = position - windowRadius; at <= position + windowRadius; at++) {
    const [before, step] = [steps[at - 2], steps[at - 1]];
    if (before !== undefined && step !== undefined) near.push(step.endMs - before.endMs);
  }
  return median(near);
}
