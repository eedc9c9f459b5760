/** @file Corpora: folders of source code to shards of token ids for pre-training, and their reader. */
export { type BuildProgress, buildCorpus } from "./build.ts";
export { type Counts, count, emptyCounts } from "./counts.ts";
export type { CorpusManifest } from "./manifest.ts";
export {
  type CodeExample,
  type Corpus,
  type CorpusSplit,
  openCorpus,
  type TokenIds,
} from "./reader.ts";
export { corpusSettingsSchema } from "./settings.ts";
export { sourceTrees, walkTree } from "./walk.ts";
