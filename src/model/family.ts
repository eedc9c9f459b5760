/**
 * @file The table of model families. `config.json`'s `model_type` picks a row; a row reads its
 * configuration, knows its heads, and starts decoding. Adding a family is a row and its files.
 */
import { ConfigError, type NdArray } from "../base/index.ts";
import type { Value } from "../graph/index.ts";
import type { MemoryNames } from "../rewrite/index.ts";
import type { Architecture, Batch, Fragment } from "./architecture.ts";
import type { DecodingSessions } from "./cached-decoder.ts";
import type { CausalBody } from "./causal-body.ts";
import type { Decoder } from "./generation/index.ts";
import { gpt2 } from "./gpt2.ts";
import { llama } from "./llama.ts";
import { mistral } from "./mistral.ts";
import type { ModelConfig, ModelSummary } from "./model-config.ts";
import { roberta } from "./roberta-family.ts";
import { t5 } from "./t5-family.ts";

/**
 * What is read off a model: text, the tag of every token, a class (the authors' heads, and Hugging Face's for
 * sequences), hidden tokens, or its states alone. Found from a checkpoint's state-dict names; one that was
 * pre-trained can be asked for text or for tags.
 */
export type Head =
  | "generation"
  | "tagging"
  | "defect"
  | "clone"
  | "classification"
  | "masked-language"
  | "features";

/** What a model is to continue, as feeds of its first decoding graph. */
export interface Prompt {
  /** [B][P]: the tokens every sequence begins with, all equally many. */
  readonly prompts: readonly (readonly number[])[];
  readonly source: Readonly<Record<string, NdArray>>;
  /** Tokens of the longest sequence that the model can hold; undefined: any. */
  readonly maxLength?: number;
}

/** How a family writes. Methods, so that a row for one configuration fits a table for all. */
export interface Decoding<C extends ModelConfig = ModelConfig> {
  /** @throws DataError for ids outside the vocabulary, ragged masks, prompts without a token */
  prompt(config: C, batch: Pick<Batch, "inputIds" | "attentionMask">): Prompt;
  /** Runs once per batch: the encoder, or the reading of prompts. */
  encoder(config: C, weight: (name: string) => Value): Fragment;
  step(config: C, weight: (name: string) => Value): Fragment;
  /** What the encoder gives every step to attend to. */
  readonly memory?: MemoryNames;
  /** What reads a text and continues it by one graph, in a family without an encoder. */
  body?(config: C): CausalBody;
  start(
    sessions: DecodingSessions,
    config: C,
    source: Readonly<Record<string, NdArray>>,
    rowsPerExample: number,
  ): Promise<Decoder>;
}

export interface Family<C extends ModelConfig = ModelConfig> {
  /** `config.json` as it would be if it said all that a checkpoint's names say. */
  configOfCheckpoint?(
    json: Readonly<Record<string, unknown>>,
    names: ReadonlySet<string>,
  ): Readonly<Record<string, unknown>>;
  /** @throws ConfigError naming the field */
  parseConfig(json: unknown, where: string): C;
  configToJson(config: C): Record<string, unknown>;
  /** What can be read off its models. */
  readonly heads: readonly Head[];
  /** The head of a new model. */
  readonly defaultHead: Head;
  /** The head of a checkpoint. */
  detectHead(names: ReadonlySet<string>): Head;
  /** @throws ConfigError `model.head` for a head that the family lacks */
  architecture(config: C, head: Head): Architecture;
  /** Tensors of a checkpoint that hold nothing of their own, such as tied copies. */
  redundant(config: C, head: Head): readonly string[];
  /** Names that a parameter may have in a checkpoint instead of its own. */
  namesInCheckpoint(config: C, name: string): readonly string[];
  /** Names that a parameter of the body has under the family's heads, its own among them. */
  namesInHeads(name: string): readonly string[];
  /** Undefined: the family reads, it does not write. */
  readonly decoding?: Decoding<C>;
  summary(config: C): ModelSummary;
}

export const families = { t5, llama, mistral, gpt2, roberta } as const satisfies Record<
  string,
  Family
>;

export type ModelType = keyof typeof families;

/** A row of the table, for a configuration of its own kind. */
export function familyOf(modelType: ModelType): Family {
  return families[modelType];
}

/** @throws ConfigError `config.modelType` listing the families there are */
export function modelTypeNamed(name: unknown, where: string): ModelType {
  const known = Object.keys(families) as ModelType[];
  const found = known.find((modelType) => modelType === name);
  if (found !== undefined) return found;
  throw new ConfigError("config.modelType", "unknown model_type", {
    expected: known.join(", "),
    got: JSON.stringify(name),
    where,
  });
}
