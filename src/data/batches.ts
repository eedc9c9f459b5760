/** @file Which examples make which batch: little padding, well mixed, a pure function of seed and epoch. */
import { ConfigError, Random } from "../base/index.ts";
import { paddedLength } from "./pad.ts";

/** Lengths of one example in tokens, special tokens included. */
export interface ExampleLengths {
  readonly sourceLength: number;
  /** 0 for a task without target text. */
  readonly targetLength: number;
}

export interface BatchOptions {
  readonly lengths: readonly ExampleLengths[];
  /** Most examples in a batch. Give this, `maxTokens` or both. */
  readonly batchSize?: number;
  /** Most tokens in a batch, source and target, padding included; a longer example is a batch alone. */
  readonly maxTokens?: number;
  readonly seed: number;
  /** 0 for the first pass over the data. */
  readonly epoch: number;
  /** Put examples of like length together; default true. */
  readonly bucketing?: boolean;
  /** Draw a new order for each epoch; default true. Off, for evaluation, seed and epoch do not count. */
  readonly shuffle?: boolean;
  /** Lengths are padded up to a multiple of this; default 8. See {@link paddedLength}. */
  readonly multipleOf?: number;
  /**
   * Examples sorted by length together; default 65,536. Fewer mix more freely, at the price of padding:
   * CodeXGLUE's translation in batches of 16 pads 8 % in one window of 10,300, 13 % in windows of 1,600.
   */
  readonly windowExamples?: number;
}

export interface BatchPlan {
  /** Indices into `lengths`: each exactly once. */
  readonly batches: readonly (readonly number[])[];
  /** Share of the padded tokens that are padding, in [0, 1). */
  readonly paddingShare: number;
  /** Different shapes (batch, source, target): the first run at each is slow. */
  readonly numShapes: number;
}

/** Padded lengths. */
interface Shape {
  readonly source: number;
  readonly target: number;
}

const defaultMultiple = 8;
const defaultWindow = 65_536;

/**
 * Plan one epoch. Examples are shuffled, sorted by padded length within windows, cut into batches, and the
 * batches shuffled. Nothing is kept between calls: a run resumes from (epoch, batch index).
 * @throws ConfigError `batch.size`, `batch.length`
 */
export function planBatches(options: BatchOptions): BatchPlan {
  checkOptions(options);
  const { lengths, shuffle = true, bucketing = true, seed, epoch } = options;
  const { multipleOf = defaultMultiple, windowExamples = defaultWindow, batchSize = 1 } = options;
  const shapes = lengths.map((length) => shapeOf(length, multipleOf));
  const random = new Random(seed, "batches", epoch);
  const order = lengths.map((_, index) => index);
  if (shuffle) random.shuffle(order);
  // whole batches, so that only the last window can end in a small one
  const windowSize = Math.max(1, Math.floor(windowExamples / batchSize)) * batchSize;
  const batches: number[][] = [];
  for (let start = 0; start < order.length; start += windowSize) {
    const window = order.slice(start, start + windowSize);
    if (bucketing) sortByLength(window, shapes, multipleOf);
    for (const batch of cut(window, shapes, options)) batches.push(batch);
  }
  if (shuffle) random.shuffle(batches);
  return { batches, ...measure(batches, lengths, shapes) };
}

function shapeOf({ sourceLength, targetLength }: ExampleLengths, multipleOf: number): Shape {
  const target = targetLength === 0 ? 0 : paddedLength(targetLength, multipleOf);
  return { source: paddedLength(sourceLength, multipleOf), target };
}

/**
 * Sort by padded source length, then padded target length, up in one source length and down in the
 * next, so that a batch across two source lengths has targets of like length. Ties keep their order.
 */
function sortByLength(window: number[], shapes: readonly Shape[], multipleOf: number): void {
  const turn = ({ source, target }: Shape) => ((source / multipleOf) % 2 === 0 ? -target : target);
  window.sort((a, b) => {
    const [x, y] = [shapes[a]!, shapes[b]!];
    return x.source - y.source || turn(x) - turn(y);
  });
}

/** The smallest shape that holds both. */
function union(a: Shape, b: Shape): Shape {
  return { source: Math.max(a.source, b.source), target: Math.max(a.target, b.target) };
}

const noShape: Shape = { source: 0, target: 0 };

/** Cut a list into batches within both limits. */
function cut(
  window: readonly number[],
  shapes: readonly Shape[],
  { batchSize = Number.POSITIVE_INFINITY, maxTokens = Number.POSITIVE_INFINITY }: BatchOptions,
): number[][] {
  const batches: number[][] = [];
  let batch: number[] = [];
  let shape = noShape;
  for (const index of window) {
    const wider = union(shape, shapes[index]!);
    const tokens = (batch.length + 1) * (wider.source + wider.target);
    const full = batch.length === batchSize || tokens > maxTokens;
    if (full && batch.length > 0) {
      batches.push(batch);
      batch = [];
    }
    shape = batch.length === 0 ? shapes[index]! : wider;
    batch.push(index);
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}

function measure(
  batches: readonly (readonly number[])[],
  lengths: readonly ExampleLengths[],
  shapes: readonly Shape[],
): Pick<BatchPlan, "paddingShare" | "numShapes"> {
  const real = lengths.reduce((sum, l) => sum + l.sourceLength + l.targetLength, 0);
  let padded = 0;
  const seen = new Set<string>();
  for (const batch of batches) {
    const { source, target } = batch.map((index) => shapes[index]!).reduce(union, noShape);
    padded += batch.length * (source + target);
    seen.add(`${batch.length} ${source} ${target}`);
  }
  return { paddingShare: padded === 0 ? 0 : 1 - real / padded, numShapes: seen.size };
}

function checkOptions(options: BatchOptions): void {
  const { lengths, batchSize, maxTokens, multipleOf, windowExamples } = options;
  if (batchSize === undefined && maxTokens === undefined) {
    throw new ConfigError("batch.size", "no batch size", {
      expected: "batchSize, maxTokens or both",
      got: "neither",
    });
  }
  for (const [name, value] of Object.entries({
    batchSize,
    maxTokens,
    multipleOf,
    windowExamples,
  })) {
    if (value === undefined || (Number.isSafeInteger(value) && value > 0)) continue;
    throw new ConfigError("batch.size", `bad ${name}`, {
      expected: "a positive whole number",
      got: String(value),
    });
  }
  const isLength = (length: number) => Number.isSafeInteger(length) && length >= 0;
  const bad = lengths.findIndex((l) => !isLength(l.sourceLength) || !isLength(l.targetLength));
  if (bad < 0) return;
  const { sourceLength, targetLength } = lengths[bad]!;
  throw new ConfigError("batch.length", "internal: bad example length", {
    expected: "whole numbers from 0",
    got: `${sourceLength}, ${targetLength}`,
    where: `lengths[${bad}]`,
  });
}

/**
 * Indices in batches, examples of like length together, the longest first.
 * @param maxTokens most tokens of a batch, padding included; a longer example is a batch alone
 */
export function batchesByLength(
  lengths: readonly number[],
  batchSize: number,
  maxTokens = Number.POSITIVE_INFINITY,
): number[][] {
  const order = lengths.map((_, index) => index).sort((a, b) => lengths[b]! - lengths[a]!);
  const batches: number[][] = [];
  for (let at = 0; at < order.length; ) {
    const fitting = Math.floor(maxTokens / Math.max(1, lengths[order[at]!]!));
    const size = Math.max(1, Math.min(batchSize, fitting));
    batches.push(order.slice(at, at + size));
    at += size;
  }
  return batches;
}
