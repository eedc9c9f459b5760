/** @file From text to ids: truncated to the model's lengths, and counted when that happens. */
import { DataError } from "../base/index.ts";
import type { Head } from "../model/index.ts";
import type { Tokenizer } from "../tokenizer/index.ts";
import type { Example } from "../train/index.ts";
import { continuation, encodeAnswer, encodeQuestion, type Question } from "./continuation.ts";
import type { Reader } from "./read-off.ts";
import type { TaskExample } from "./task.ts";

export interface SourceOptions extends Reader {
  /** Put before every source, and part of its length. */
  readonly prompt: string;
  /** Tokens of a snippet, special ones included: a pair may have twice as many. */
  readonly maxSourceLength: number;
  /** Called with the number of sources that were cut. */
  readonly onTruncated?: (count: number) => void;
}

export interface ExampleOptions extends SourceOptions {
  /** Tokens, special ones included. */
  readonly maxTargetLength: number;
  /** Fill targets up with padding that is learned as if it were text, as CodeT5's released scripts do. */
  readonly learnsPadding: boolean;
}

export interface EncodedExamples {
  readonly examples: readonly Example[];
  /** Sources cut to `maxSourceLength`. */
  readonly truncatedSources: number;
  /** Targets cut to `maxTargetLength`. */
  readonly truncatedTargets: number;
}

/**
 * Encode for a head: target text for generation, the class for the others.
 *
 * Departure of `learnsPadding`: the reference also hides padded positions from the decoder's
 * self-attention; here causality alone does, so only predictions of padding after padding see more.
 * @throws DataError `task.label` when a head needs a class that the example lacks
 */
export function encodeExamples(
  examples: readonly TaskExample[],
  tokenizer: Tokenizer,
  head: Head,
  options: ExampleOptions,
): EncodedExamples {
  let truncatedSources = 0;
  let truncatedTargets = 0;
  const encoded = examples.map((example) => {
    const source = encodeSource(example, tokenizer, options);
    if (source.truncated) truncatedSources++;
    if (head !== "generation") return { source: source.ids, target: classOf(example) };
    const target = encodeTarget(example, tokenizer, options);
    if (target.truncated) truncatedTargets++;
    if (options.isDecoderOnly) return { ...continuation(source.ids, target.ids), isAligned: true };
    return { source: source.ids, target: filled(target.ids, options) };
  });
  return { examples: encoded, truncatedSources, truncatedTargets };
}

function encodeTarget(
  { target }: TaskExample,
  tokenizer: Tokenizer,
  { isDecoderOnly, maxTargetLength }: ExampleOptions,
) {
  if (!isDecoderOnly) return tokenizer.encode(target, { maxLength: maxTargetLength });
  const { eosId } = tokenizer;
  const end = eosId === undefined ? [] : [eosId];
  const maxLength = Math.max(1, maxTargetLength - end.length);
  const { ids, truncated } = encodeAnswer(target, tokenizer, maxLength);
  return { ids: [...ids, ...end], truncated };
}

function filled(ids: readonly number[], options: ExampleOptions): readonly number[] {
  const { learnsPadding, maxTargetLength, padTokenId } = options;
  if (!learnsPadding) return ids;
  return [...ids, ...new Array<number>(maxTargetLength - ids.length).fill(padTokenId)];
}

/** Encode examples to be answered. */
export function encodeSources(
  examples: readonly TaskExample[],
  tokenizer: Tokenizer,
  options: SourceOptions,
): number[][] {
  const encoded = examples.map((example) => encodeSource(example, tokenizer, options));
  const numTruncated = encoded.filter(({ truncated }) => truncated).length;
  if (numTruncated > 0) options.onTruncated?.(numTruncated);
  return encoded.map(({ ids }) => ids);
}

/**
 * The ids of one source. Two snippets are read one behind the other, each with its special tokens, or
 * side by side where the head reads each by itself: both with the prompt, the shorter padded to the longer.
 */
function encodeSource(
  { source, other }: TaskExample,
  tokenizer: Tokenizer,
  { prompt, maxSourceLength, padTokenId, isDecoderOnly, readsPairs }: SourceOptions,
): Question {
  const others = other === undefined ? [] : [readsPairs ? prompt + other : other];
  const snippets = [prompt + source, ...others];
  if (isDecoderOnly) return encodeQuestion(snippets, tokenizer, maxSourceLength);
  const encoded = snippets.map((text) => tokenizer.encode(text, { maxLength: maxSourceLength }));
  const length = readsPairs ? Math.max(...encoded.map(({ ids }) => ids.length)) : 0;
  const ids = encoded.flatMap((snippet) => {
    const padding = Math.max(0, length - snippet.ids.length);
    return [...snippet.ids, ...new Array<number>(padding).fill(padTokenId)];
  });
  return { ids, truncated: encoded.some(({ truncated }) => truncated) };
}

function classOf({ id, label }: TaskExample): number {
  if (label !== undefined) return label;
  throw new DataError("task.label", "the classification head needs a label", {
    expected: "label 0 or 1",
    got: "none",
    where: id,
  });
}
