/**
 * @file What the configurations of all families have in common, and what those of the newer families
 * share in reading `config.json`: sizes with bounds, special ids, errors that name the field.
 */
import { z } from "zod";
import { ConfigError, describeIssue } from "../base/index.ts";
import { activationNames } from "../nn/index.ts";

/** The part of a configuration that does not depend on the family; names are Hugging Face's, camelCased. */
export interface ModelConfig {
  readonly vocabSize: number;
  /** Probability in [0, 1). */
  readonly dropoutRate: number;
  readonly tieWordEmbeddings: boolean;
  /** Fills short rows: the file's, or the first end token where it has none, as Hugging Face's `generate` does. */
  readonly padTokenId: number;
  /** False where the file names no padding token. */
  readonly hasPadToken?: boolean;
  readonly bosTokenId?: number;
  /** An empty list: nothing ends a sequence. */
  readonly eosTokenId: number | readonly number[];
  /** First token of the decoder, encoder-decoder models only. */
  readonly decoderStartTokenId?: number;
}

/** Sizes of a model in the words that all families share, for people to read. */
export interface ModelSummary {
  /** One number per stack: encoder and decoder, or the only one. */
  readonly numLayers: readonly number[];
  readonly dModel: number;
  readonly numHeads: number;
  /** Heads of keys and values, fewer than those of queries when these share them. */
  readonly numKeyValueHeads: number;
  readonly headDim: number;
  readonly dFf: number;
  readonly activation: string;
  readonly isGated: boolean;
}

/** Generous: far above any model, low enough that a damaged file cannot ask for endless work. */
const most = { size: 2 ** 24, layers: 1000, matrix: 2 ** 31 } as const;

export const size = z.number().int().positive().max(most.size);
export const numLayers = size.max(most.layers);
export const rate = z.number().min(0).lt(1);
export const activation = z.enum(activationNames);
export const tokenId = z.number().int().nonnegative();

/** Keys that every newer family reads alike. Classes are counted by `id2label`, as in Hugging Face. */
export const sharedKeys = {
  vocab_size: size,
  initializer_range: z.number().positive().default(0.02),
  bos_token_id: tokenId.nullish(),
  pad_token_id: tokenId.nullish(),
  eos_token_id: z.union([tokenId, z.array(tokenId)]).nullish(),
  id2label: z.record(z.string(), z.unknown()).nullish(),
  num_labels: size.nullish(),
  problem_type: z.string().nullish(),
} as const;

/** A parsed file's shared keys. */
interface SharedFile {
  readonly vocab_size: number;
  readonly bos_token_id?: number | null | undefined;
  readonly pad_token_id?: number | null | undefined;
  readonly eos_token_id?: number | readonly number[] | null | undefined;
  readonly id2label?: Readonly<Record<string, unknown>> | null | undefined;
  readonly num_labels?: number | null | undefined;
}

/** What the newer families' configurations have in common beside. */
export interface LabelConfig extends ModelConfig {
  /** Whether the file names a padding token: one that is masked, and whose embedding does not learn. */
  readonly hasPadToken: boolean;
  /** C, classes of a classification head; default 2. */
  readonly numLabels: number;
  /** Hugging Face's `problem_type`, when the file has one. */
  readonly problemType?: string;
}

/**
 * Check a `config.json` against a family's keys.
 * @param family named in the error
 * @throws ConfigError `config.<family>` naming the first field that is missing or out of range
 */
export function parseConfigFile<T extends SharedFile>(
  keys: z.ZodType<T>,
  json: unknown,
  family: string,
  where: string,
): T {
  const parsed = keys.safeParse(json);
  if (parsed.success) {
    const { pad_token_id: pad, vocab_size: vocabSize } = parsed.data;
    if (pad != null && pad >= vocabSize) {
      throw badValue(family, "pad_token_id", pad, `below vocab_size (${vocabSize})`, where);
    }
    return parsed.data;
  }
  const issue = parsed.error.issues[0]!;
  const key = issue.path.join(".") || "not an object";
  const details = { ...describeIssue(issue, json), where };
  const help = `it is to be a Hugging Face ${family} config.json`;
  const message = `bad model config: ${key}`;
  throw new ConfigError(`config.${family}`, message, { ...details, help }, parsed.error);
}

/** A value that no model of the family has. */
export function badValue(
  family: string,
  field: string,
  got: unknown,
  expected: string,
  where: string,
): ConfigError {
  const details = { expected, got: JSON.stringify(got) ?? "nothing", where };
  return new ConfigError(`config.${family}`, `bad model config: ${field}`, details);
}

/** A value that models of the family may have, and that is not computed here. */
export function unsupported(
  family: string,
  field: string,
  got: unknown,
  supported: string,
  where: string,
): ConfigError {
  const details = { expected: supported, got: JSON.stringify(got) ?? "nothing", where };
  const message = `${family}: this value of ${field} is not supported`;
  return new ConfigError("config.unsupported", message, details);
}

/** @throws ConfigError when a matrix of `rows` by `columns` could not be held */
export function checkMatrix(
  family: string,
  field: string,
  rows: number,
  columns: number,
  where: string,
): void {
  if (rows * columns <= most.matrix) return;
  const expected = `a matrix of at most ${most.matrix} values`;
  throw badValue(family, field, `${rows} x ${columns}`, expected, where);
}

/**
 * The special ids and the labels of a file.
 * @param defaults Hugging Face's, for keys that are absent; one outside the vocabulary counts as none
 */
export function sharedConfig(
  file: SharedFile & { readonly problem_type?: string | null | undefined },
  defaults: Readonly<Record<"bos" | "eos", number>> & { readonly pad?: number },
) {
  const known = (id: number | undefined) =>
    id === undefined || id >= file.vocab_size ? undefined : id;
  const given = <T>(value: T | null | undefined, fallback: number | undefined) =>
    value === undefined ? known(fallback) : (value ?? undefined);
  const bos = given(file.bos_token_id, defaults.bos);
  const pad = given(file.pad_token_id, defaults.pad);
  const eos = given(file.eos_token_id, defaults.eos) ?? [];
  const labels = Object.keys(file.id2label ?? {}).length;
  return {
    vocabSize: file.vocab_size,
    ...(bos === undefined ? {} : { bosTokenId: bos }),
    padTokenId: pad ?? [eos].flat()[0] ?? 0,
    hasPadToken: pad !== undefined,
    eosTokenId: eos,
    numLabels: labels > 0 ? labels : (file.num_labels ?? 2),
    ...(file.problem_type == null ? {} : { problemType: file.problem_type }),
  };
}

/** The keys that {@link sharedConfig} reads, as Hugging Face writes them. */
export function sharedConfigToJson(
  config: LabelConfig & { readonly initializerRange: number },
): Record<string, unknown> {
  const labels = Array.from({ length: config.numLabels }, (_, i) => `LABEL_${i}`);
  const hasNoEnd = typeof config.eosTokenId !== "number" && config.eosTokenId.length === 0;
  return {
    vocab_size: config.vocabSize,
    initializer_range: config.initializerRange,
    tie_word_embeddings: config.tieWordEmbeddings,
    bos_token_id: config.bosTokenId ?? null,
    pad_token_id: config.hasPadToken ? config.padTokenId : null,
    eos_token_id: hasNoEnd ? null : config.eosTokenId,
    id2label: Object.fromEntries(labels.map((label, i) => [String(i), label])),
    label2id: Object.fromEntries(labels.map((label, i) => [label, i])),
    ...(config.problemType === undefined ? {} : { problem_type: config.problemType }),
    torch_dtype: "float32",
  };
}

/** @throws ConfigError `config.unsupported` where a classification head would not tell classes apart */
export function checkLabels({ numLabels, problemType }: LabelConfig, family: string): void {
  const where = "config.json";
  const supported = "single_label_classification";
  if (problemType !== undefined && problemType !== supported) {
    throw unsupported(family, "problem_type", problemType, supported, where);
  }
  if (numLabels < 2) throw unsupported(family, "id2label", numLabels, "two classes or more", where);
}
