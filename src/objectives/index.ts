/** @file Pre-training objectives: pure functions from examples and seeds to instances, their inverses and scores. */
export { restoreContinuation } from "./causal-language-modelling.ts";
export { languageTag, readTagged, type TaggedText } from "./dual-generation.ts";
export {
  type RestoredText,
  readSegments,
  readTarget,
  restoreMasked,
  type SentinelText,
} from "./masked-text.ts";
export {
  type LabelledInstance,
  type LabelledObjective,
  notTagged,
  type ObjectiveExample,
  type ObjectiveOptions,
  type Seq2SeqInstance,
  type Seq2SeqObjective,
  type TaggingInstance,
  type TaggingObjective,
} from "./objective.ts";
export {
  countTags,
  type SentinelRates,
  type SentinelScore,
  scoreSentinels,
  sentinelRates,
  sumTags,
  type TaggingCounts,
  type TaggingScores,
  taggingScores,
} from "./score.ts";
export { type ObjectiveKind, type ObjectiveName, objectives } from "./table.ts";
