/** @file The table of objectives. */
import { causalLanguageModelling } from "./causal-language-modelling.ts";
import { dualGeneration } from "./dual-generation.ts";
import { identifierTagging } from "./identifier-tagging.ts";
import { maskedIdentifierPrediction } from "./masked-identifier-prediction.ts";
import { maskedLanguageModelling } from "./masked-language-modelling.ts";
import { maskedSpanPrediction } from "./masked-span-prediction.ts";
import { nextTokenPrediction } from "./next-token-prediction.ts";
import type { LabelledObjective, Seq2SeqObjective, TaggingObjective } from "./objective.ts";
import { spanDenoising } from "./span-denoising.ts";

/**
 * Every objective by its name: CodeT5's first stage (span prediction, tagging and identifier prediction
 * with equal probability), its second (dual generation on pairs), two baselines, and the objectives of the
 * models it is measured against, which have one stack.
 */
export const objectives = {
  maskedSpanPrediction,
  identifierTagging,
  maskedIdentifierPrediction,
  dualGeneration,
  spanDenoising,
  causalLanguageModelling,
  nextTokenPrediction,
  maskedLanguageModelling,
} as const satisfies Readonly<Record<string, Objective>>;

type Objective =
  | Seq2SeqObjective
  | TaggingObjective
  | LabelledObjective<"causal">
  | LabelledObjective<"masked">;

/** What a model must be able to learn: text of its own, tags, the next token, hidden tokens. */
export type ObjectiveKind = Objective["kind"];

/** Name of an objective, as in configurations. */
export type ObjectiveName = keyof typeof objectives;
