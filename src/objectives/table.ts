/** @file The table of objectives. */
import { causalLanguageModelling } from "./causal-language-modelling.ts";
import { dualGeneration } from "./dual-generation.ts";
import { identifierTagging } from "./identifier-tagging.ts";
import { maskedIdentifierPrediction } from "./masked-identifier-prediction.ts";
import { maskedSpanPrediction } from "./masked-span-prediction.ts";
import type { Seq2SeqObjective, TaggingObjective } from "./objective.ts";
import { spanDenoising } from "./span-denoising.ts";

/**
 * Every objective by its name: CodeT5's first stage (span prediction, tagging and identifier prediction
 * with equal probability), its second (dual generation on pairs), and two baselines.
 */
export const objectives = {
  maskedSpanPrediction,
  identifierTagging,
  maskedIdentifierPrediction,
  dualGeneration,
  spanDenoising,
  causalLanguageModelling,
} as const satisfies Readonly<Record<string, Seq2SeqObjective | TaggingObjective>>;

/** Name of an objective, as in configurations. */
export type ObjectiveName = keyof typeof objectives;
