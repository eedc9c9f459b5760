/** @file From text to ids: truncated to the model's lengths, and counted when that happens. */
import { DataError } from "../base/index.ts";
import type { Head } from "../model/index.ts";
import type { Tokenizer } from "../tokenizer/index.ts";
import type { Example } from "../train/index.ts";
import type { ScoreOptions, TaskExample } from "./task.ts";

export interface EncodeLimits {
  /** Tokens, special ones included. */
  readonly maxSourceLength: number;
  readonly maxTargetLength: number;
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
 * @throws DataError `task.label` when a head needs a class that the example lacks
 */
export function encodeExamples(
  examples: readonly TaskExample[],
  tokenizer: Tokenizer,
  head: Head,
  limits: EncodeLimits,
): EncodedExamples {
  let truncatedSources = 0;
  let truncatedTargets = 0;
  const encoded = examples.map((example) => {
    const source = tokenizer.encode(example.source, { maxLength: limits.maxSourceLength });
    if (source.truncated) truncatedSources++;
    if (head !== "generation") return { source: source.ids, target: classOf(example) };
    const target = tokenizer.encode(example.target, { maxLength: limits.maxTargetLength });
    if (target.truncated) truncatedTargets++;
    return { source: source.ids, target: target.ids };
  });
  return { examples: encoded, truncatedSources, truncatedTargets };
}

/**
 * Encode texts to be answered.
 * @param limits.onTruncated told how many were cut to `maxSourceLength`, when any was
 */
export function encodeSources(
  sources: readonly string[],
  tokenizer: Tokenizer,
  limits: Pick<ScoreOptions, "maxSourceLength" | "onTruncated">,
): number[][] {
  const { maxSourceLength: maxLength, onTruncated } = limits;
  const encoded = sources.map((text) => tokenizer.encode(text, { maxLength }));
  const numTruncated = encoded.filter(({ truncated }) => truncated).length;
  if (numTruncated > 0) onTruncated?.(numTruncated);
  return encoded.map(({ ids }) => ids);
}

function classOf({ id, label }: TaskExample): number {
  if (label !== undefined) return label;
  throw new DataError("task.label", "the classification head needs a label", {
    expected: "label 0 or 1",
    got: "none",
    where: id,
  });
}
