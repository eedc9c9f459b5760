/** @file What a tokenizer is made of, checked once: vocabulary, merges, added tokens, template. */
import { DataError, describeValue } from "../base/index.ts";
import type { AddedToken } from "./added-token.ts";
import { tokenToBytes } from "./byte-alphabet.ts";
import type { SplitPattern } from "./isolating-split.ts";
import type { Metaspace } from "./metaspace.ts";

/** Ids lie below this; the largest vocabularies in use have a quarter million. */
export const maxVocabularyIds = 1 << 22;

/** Names of the special tokens by role, as in `special_tokens_map.json`. */
export const specialRoles = ["bos", "eos", "unk", "sep", "pad", "cls", "mask"] as const;
export type SpecialRole = (typeof specialRoles)[number];
export type SpecialTokens = Readonly<Partial<Record<SpecialRole, string>>>;

/** A special token that the template puts around every text. */
export interface TemplateToken {
  readonly token: string;
  readonly id: number;
}

/** What is done after encoding: tokens put around the text, spaces left out of offsets. */
export interface PostProcessor {
  readonly before: readonly TemplateToken[];
  readonly after: readonly TemplateToken[];
  /** Offsets leave out the spaces at both ends of a token. */
  readonly trimOffsets: boolean;
  /** With `trimOffsets`: the first token's single leading space stays in its offsets. */
  readonly addPrefixSpace: boolean;
  /** The same in `tokenizer.json`'s words, kept to be written back. */
  readonly json: unknown;
}

/** Everything `encode` and `decode` depend on; plain data. */
export interface TokenizerDefinition {
  /** The byte-pair model's tokens, spelled in the byte alphabet unless there is a `metaspace`. */
  readonly vocabulary: ReadonlyMap<string, number>;
  /** In rank order, each pair once, all three tokens in `vocabulary`. */
  readonly merges: readonly (readonly [string, string])[];
  readonly addedTokens: readonly AddedToken[];
  readonly specialTokens: SpecialTokens;
  readonly postProcessor: PostProcessor;
  /** Put a space before a text (or a piece between added tokens) that does not begin with one. */
  readonly addPrefixSpace: boolean;
  /** Split with GPT-2's pattern; false takes each text as one word. */
  readonly useRegex: boolean;
  /** Split with this pattern instead. */
  readonly splitPattern?: SplitPattern;
  /** Symbols are characters, not bytes in the byte alphabet. */
  readonly metaspace?: Metaspace;
  /** normalizer, pre_tokenizer and decoder of a `tokenizer.json` that is not GPT-2's, to be written back. */
  readonly stepsJson?: Readonly<Record<string, unknown>>;
  /** Stands for bytes that the vocabulary lacks; without it they are left out. */
  readonly unknownToken?: string;
  readonly fuseUnknown: boolean;
  /** A word that is a token is taken whole even if no merges lead to it. */
  readonly ignoreMerges: boolean;
  /** Tokens; informative, written to `tokenizer_config.json`. */
  readonly modelMaxLength?: number;
}

/**
 * Check a vocabulary read from a file.
 * @throws DataError `tokenizer.vocab` for ids that are not integers in [0, 2^22) or are shared
 */
export function checkVocabulary(content: unknown, where: string): ReadonlyMap<string, number> {
  if (typeof content !== "object" || content === null || Array.isArray(content)) {
    const expected = "an object from token to id";
    const got = describeValue(content);
    throw new DataError("tokenizer.vocab", "bad vocabulary", { expected, got, where });
  }
  const vocabulary = new Map<string, number>();
  const owners = new Map<number, string>();
  for (const [token, id] of Object.entries(content)) {
    checkId(id, token, where);
    const owner = owners.get(id);
    if (owner !== undefined) throw sharedId(id, owner, token, where);
    owners.set(id, token);
    vocabulary.set(token, id);
  }
  return vocabulary;
}

function checkId(id: unknown, token: string, where: string): asserts id is number {
  if (typeof id === "number" && Number.isInteger(id) && id >= 0 && id < maxVocabularyIds) return;
  throw new DataError("tokenizer.vocab", `bad id of token ${JSON.stringify(token)}`, {
    expected: `an integer from 0 to ${maxVocabularyIds - 1}`,
    got: describeValue(id),
    where,
  });
}

function sharedId(id: number, first: string, second: string, where: string): DataError {
  const got = `${JSON.stringify(first)} and ${JSON.stringify(second)}`;
  return new DataError("tokenizer.vocab", `two tokens share the id ${id}`, {
    expected: "one token per id",
    got,
    where,
  });
}

/**
 * Check merges against their vocabulary; of a pair given twice only the last counts, as in Rust.
 * @param lineOf where the i-th merge stands, for errors
 * @param isByteLevel tokens are spelled in the byte alphabet
 * @throws DataError `tokenizer.merges` when one of its three tokens is absent or is not in the byte alphabet
 */
export function checkMerges(
  pairs: readonly (readonly [string, string])[],
  vocabulary: ReadonlyMap<string, number>,
  lineOf: (index: number) => string,
  isByteLevel = true,
): readonly (readonly [string, string])[] {
  const isSpelled = (token: string) => !isByteLevel || tokenToBytes(token) !== undefined;
  const lastOf = new Map<string, number>();
  pairs.forEach(([left, right], index) => {
    for (const token of [left, right, left + right]) {
      if (vocabulary.has(token) && isSpelled(token)) continue;
      throw new DataError("tokenizer.merges", "a merge refers to a token that is not there", {
        expected: `tokens of the vocabulary${isByteLevel ? ", spelled in the byte alphabet" : ""}`,
        got: JSON.stringify(token),
        where: lineOf(index),
      });
    }
    lastOf.set(`${left} ${right}`, index);
  });
  if (lastOf.size === pairs.length) return pairs;
  return pairs.filter(([left, right], index) => lastOf.get(`${left} ${right}`) === index);
}

/**
 * Check added tokens against the vocabulary and each other.
 * @throws DataError `tokenizer.added` when an id or a content is taken or out of range
 */
export function checkAddedTokens(
  tokens: readonly AddedToken[],
  vocabulary: ReadonlyMap<string, number>,
  where: string,
): readonly AddedToken[] {
  const owners = new Map([...vocabulary].map(([token, id]) => [id, token]));
  const contents = new Map<string, number>(vocabulary);
  for (const { id, content } of tokens) {
    checkId(id, content, where);
    const owner = owners.get(id) ?? content;
    if (owner !== content) throw sharedId(id, owner, content, where);
    if ((contents.get(content) ?? id) !== id)
      throw twoIds(content, contents.get(content)!, id, where);
    owners.set(id, content);
    contents.set(content, id);
  }
  return [...new Map(tokens.map((token) => [token.id, token])).values()];
}

function twoIds(content: string, first: number, second: number, where: string): DataError {
  const name = JSON.stringify(content);
  return new DataError("tokenizer.added", `added token ${name} has two ids`, {
    expected: `id ${first}`,
    got: `id ${second}`,
    where,
  });
}
