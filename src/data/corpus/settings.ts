/** @file What `corpus build` is asked to do: every setting with its default. */
import { z } from "zod";

const share = z.number().min(0).max(0.5);

/**
 * Settings that decide what is in a corpus; the same settings over the same trees give the same bytes.
 * UNSPECIFIED by the CodeT5 paper ("some too short/long ones dropped"): the limits are this project's.
 */
export const corpusSettingsSchema = z.strictObject({
  maxFileBytes: z.int().min(1_000).max(64_000_000).default(1_000_000).meta({
    description: "a larger file is not read",
    unit: "bytes",
  }),
  minLines: z.int().min(1).default(3).meta({ description: "a shorter function is dropped" }),
  minTokens: z.int().min(1).default(10).meta({
    description: "a function with fewer leaves in its syntax tree is dropped",
    unit: "tokens",
  }),
  maxTokens: z.int().min(1).max(100_000).default(1_500).meta({
    description: "a function with more leaves in its syntax tree is dropped",
    unit: "tokens",
  }),
  maxLineLength: z.int().min(20).default(400).meta({
    description: "a function with a longer line is dropped",
    unit: "characters",
  }),
  maxDocstringLength: z.int().min(1).max(50_000).default(4_000).meta({
    description: "a longer docstring is cut at a line end",
    unit: "characters",
  }),
  parseTimeoutMs: z.int().min(1).max(600_000).default(20_000).meta({
    description: "time to parse one file",
    unit: "ms",
  }),
  groupDepth: z.int().min(1).max(20).default(1).meta({
    description: "folders below each source that make a group, where no repository begins",
  }),
  licenses: z.array(z.string()).default([]).meta({
    description: "SPDX names; files of another licence, or of none known, are dropped",
    defaultText: "any licence",
  }),
  duplicateThreshold: z.number().min(0.3).max(1).default(0.8).meta({
    description: "functions with this share of token 5-grams in common are near-duplicates",
  }),
  validation: share.default(0.02).meta({ description: "share of functions for validation" }),
  test: share.default(0.02).meta({ description: "share of functions for testing" }),
  vocabSize: z.int().min(512).max(1_000_000).default(32_000).meta({
    description: "size of a new tokenizer; sentinels come on top",
    unit: "tokens",
  }),
  minFrequency: z.int().min(0).default(3).meta({
    description: "a pair seen less often is not merged into a token",
    unit: "times",
  }),
  tokenizerMegabytes: z.int().min(1).max(2_000).default(500).meta({
    description: "most text to train a tokenizer on, an even sample of the training functions",
    unit: "MB",
  }),
  seed: z.int().min(0).default(0).meta({ description: "seed of the split" }),
});

/** See {@link corpusSettingsSchema}. */
export type CorpusSettings = z.output<typeof corpusSettingsSchema>;
