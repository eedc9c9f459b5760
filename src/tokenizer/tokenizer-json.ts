/** @file Hugging Face's `tokenizer.json`, read and written. */
import { z } from "zod";
import { DataError, describeValue } from "../base/index.ts";
import type { AddedToken } from "./added-token.ts";
import {
  checkAddedTokens,
  checkMerges,
  checkVocabulary,
  type TokenizerDefinition,
} from "./definition.ts";
import { parseField } from "./json-field.ts";
import { arrangementOf, readPipeline } from "./pipeline.ts";
import { readPostProcessor } from "./post-processor.ts";

const addedToken = z.object({
  id: z.int(),
  content: z.string().min(1),
  single_word: z.boolean().default(false),
  lstrip: z.boolean().default(false),
  rstrip: z.boolean().default(false),
  normalized: z.boolean().default(true),
  special: z.boolean().default(false),
});

const model = z.object({
  type: z.literal("BPE").default("BPE"),
  dropout: z.literal(0).nullish(),
  unk_token: z.string().nullish(),
  continuing_subword_prefix: z.literal("").nullish(),
  end_of_word_suffix: z.literal("").nullish(),
  fuse_unk: z.boolean().default(false),
  byte_fallback: z.boolean().default(false),
  ignore_merges: z.boolean().default(false),
  vocab: z.unknown(),
  merges: z.array(z.unknown()),
});

/** Bytes are spelled out in text of characters alone. */
const byteLevelModel = model.extend({ byte_fallback: z.literal(false).default(false) });

const file = z.object({
  version: z.literal("1.0").optional(),
  added_tokens: z.array(addedToken).default([]),
  post_processor: z.unknown().optional(),
  model,
});

/**
 * Read the content of `tokenizer.json`: a BPE of bytes or of characters. Its `truncation` and `padding` are
 * not taken over: lengths are options of each call, as in transformers.
 * @throws DataError naming the field that is unsupported or bad
 */
export function readTokenizerJson(
  content: unknown,
  where: string,
): Omit<TokenizerDefinition, "specialTokens"> {
  const isByteLevel = arrangementOf(content) !== "metaspace";
  const schema = isByteLevel ? file.extend({ model: byteLevelModel }) : file;
  const shape = parseField(schema, content, "", where);
  const { hasNormalizer, ...pipeline } = readPipeline(content, shape.model.byte_fallback, where);
  const vocabulary = checkVocabulary(shape.model.vocab, `${where} model.vocab`);
  const pairs = shape.model.merges.map((merge, i) => readMerge(merge, i, where));
  const lineOf = (index: number) => `${where} model.merges[${index}]`;
  const added = shape.added_tokens.map(fromAddedJson);
  if (hasNormalizer) requireRaw(added, where);
  const { unk_token: unknownToken } = shape.model;
  return {
    vocabulary,
    ...pipeline,
    merges: checkMerges(pairs, vocabulary, lineOf, isByteLevel),
    addedTokens: checkAddedTokens(added, vocabulary, `${where} added_tokens`),
    postProcessor: readPostProcessor(shape.post_processor, where),
    fuseUnknown: shape.model.fuse_unk,
    ignoreMerges: shape.model.ignore_merges,
    ...(unknownToken === null || unknownToken === undefined ? {} : { unknownToken }),
  };
}

/** `"a b"` or `["a", "b"]` */
function readMerge(merge: unknown, index: number, where: string): readonly [string, string] {
  const parts: unknown = typeof merge === "string" ? merge.split(" ") : merge;
  if (Array.isArray(parts) && parts.length === 2) {
    const [left, right] = parts as unknown[];
    if (typeof left === "string" && typeof right === "string") return [left, right];
  }
  throw new DataError("tokenizer.merges", "bad merge", {
    expected: 'two tokens, as "a b" or ["a", "b"]',
    got: describeValue(merge),
    where: `${where} model.merges[${index}]`,
  });
}

/** A normalizer would change what is looked for: the Rust library then finds other tokens than meant. */
function requireRaw(added: readonly AddedToken[], where: string): void {
  for (const [index, { normalized }] of added.entries()) {
    parseField(z.literal(false), normalized, `added_tokens.${index}.normalized`, where);
  }
}

function fromAddedJson(json: z.infer<typeof addedToken>): AddedToken {
  const { single_word: singleWord, ...rest } = json;
  return { ...rest, singleWord };
}

/** The fields that Hugging Face's files give an added token, without its id. */
export function toAddedJson({ content, singleWord, lstrip, rstrip, normalized }: AddedToken) {
  return { content, single_word: singleWord, lstrip, rstrip, normalized };
}

/** `tokenizer.json` as Hugging Face writes it; merges as strings, which every version reads. */
export function toTokenizerJson(definition: TokenizerDefinition): unknown {
  const spaces = { add_prefix_space: definition.addPrefixSpace, trim_offsets: true };
  const added = definition.addedTokens.toSorted((a, b) => a.id - b.id);
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: added.map((token) => {
      return { id: token.id, ...toAddedJson(token), special: token.special };
    }),
    normalizer: null,
    pre_tokenizer: { type: "ByteLevel", ...spaces, use_regex: definition.useRegex },
    post_processor: definition.postProcessor.json,
    decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
    ...definition.stepsJson,
    model: {
      type: "BPE",
      dropout: null,
      unk_token: definition.unknownToken ?? null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: definition.fuseUnknown,
      byte_fallback: definition.metaspace?.byteFallback ?? false,
      ignore_merges: definition.ignoreMerges,
      vocab: Object.fromEntries(byId(definition.vocabulary)),
      merges: definition.merges.map(([left, right]) => `${left} ${right}`),
    },
  };
}

/** Entries in order of id, as Hugging Face writes them. */
export function byId(vocabulary: ReadonlyMap<string, number>): [string, number][] {
  return [...vocabulary].sort((a, b) => a[1] - b[1]);
}
