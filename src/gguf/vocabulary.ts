/**
 * @file Tokenizers as llama.cpp has them: `gpt2`, merges of bytes behind a pre-tokenizer it knows by name, and
 * `llama`, characters whose pairs are joined by the score of what they make. One that would split texts in
 * another way is refused. Source: llama.cpp src/llama-vocab.cpp; convert_hf_to_gguf.py.
 */
import { ConfigError } from "../base/index.ts";
import type { Tokenizer } from "../tokenizer/index.ts";
import type { GgufMetadata } from "./write-gguf.ts";

type Definition = Tokenizer["definition"];

/** `llama_token_type`. */
const tokenTypes = {
  normal: 1,
  unknown: 2,
  control: 3,
  userDefined: 4,
  unused: 5,
  byte: 6,
} as const;

/** Names of pre-tokenizers, by our names of their patterns. */
const preTokenizers = { gpt2: "gpt-2", llama3: "llama-bpe", qwen2: "qwen2" } as const;
/** The one that takes a word that is a token whole, whatever its merges. */
const takesWhole = "llama-bpe";

/**
 * What a file says of a tokenizer.
 * @param vocabSize rows of the model's embeddings, at least the tokenizer's tokens
 * @throws ConfigError `export.tokenizer` for one that llama.cpp has no equal of
 */
export function vocabularyMetadata(tokenizer: Tokenizer, vocabSize: number): GgufMetadata {
  const { definition } = tokenizer;
  const { before, after } = definition.postProcessor;
  const ids = Object.entries({
    bos: tokenizer.bosId,
    eos: tokenizer.eosId,
    unknown: tokenizer.unkId,
    padding: tokenizer.padId,
  }).flatMap(([role, id]) =>
    id === undefined ? [] : [[`tokenizer.ggml.${role}_token_id`, id] as const],
  );
  return {
    ...(definition.metaspace === undefined ? bytePairs(definition) : characterPairs(definition)),
    "tokenizer.ggml.tokens": tokensOf(tokenizer, vocabSize),
    "tokenizer.ggml.token_type": typesOf(tokenizer, vocabSize),
    ...(definition.metaspace === undefined
      ? {}
      : { "tokenizer.ggml.scores": scoresOf(tokenizer, vocabSize) }),
    ...Object.fromEntries(ids),
    "tokenizer.ggml.add_bos_token": before.some(({ id }) => id === tokenizer.bosId),
    "tokenizer.ggml.add_eos_token": after.some(({ id }) => id === tokenizer.eosId),
  };
}

function tokensOf(tokenizer: Tokenizer, vocabSize: number): string[] {
  const { addedTokens, vocabulary } = tokenizer.definition;
  let highest = 0;
  for (const id of vocabulary.values()) highest = Math.max(highest, id);
  for (const { id } of addedTokens) highest = Math.max(highest, id);
  if (highest >= vocabSize)
    throw refused("ids", `below ${vocabSize}, as the model has`, `${highest}`);
  return Array.from({ length: vocabSize }, (_, id) => tokenizer.idToToken(id) ?? `[PAD${id}]`);
}

function typesOf(tokenizer: Tokenizer, vocabSize: number): Int32Array {
  const { addedTokens, metaspace, unknownToken } = tokenizer.definition;
  const added = new Map(addedTokens.map(({ id, special }) => [id, special]));
  return Int32Array.from({ length: vocabSize }, (_, id) => {
    const token = tokenizer.idToToken(id);
    if (token === undefined) return tokenTypes.unused;
    if (metaspace !== undefined && token === unknownToken) return tokenTypes.unknown;
    if (metaspace !== undefined && isByte(token)) return tokenTypes.byte;
    const special = added.get(id);
    if (special === undefined) return tokenTypes.normal;
    return special ? tokenTypes.control : tokenTypes.userDefined;
  });
}

const isByte = (token: string) => /^<0x[0-9A-F]{2}>$/.test(token);

function bytePairs(definition: Definition): GgufMetadata {
  const { addPrefixSpace, ignoreMerges, merges, splitPattern, useRegex } = definition;
  if (addPrefixSpace) throw refused("add_prefix_space", "false", "true");
  if (!useRegex) throw refused("pre_tokenizer", "a split pattern", "none");
  const pre = preTokenizers[splitPattern ?? "gpt2"];
  const made = new Set(merges.map(([left, right]) => left + right));
  const isAllMade = ownTokens(definition).every(
    (token) => [...token].length < 2 || made.has(token),
  );
  // the same where merges lead to every token
  if (ignoreMerges !== (pre === takesWhole) && !isAllMade) {
    throw refused("ignore_merges", `${!ignoreMerges}, as ${pre} has it`, `${ignoreMerges}`);
  }
  return {
    "tokenizer.ggml.model": "gpt2",
    "tokenizer.ggml.pre": pre,
    "tokenizer.ggml.merges": merges.map(([left, right]) => `${left} ${right}`),
  };
}

function characterPairs({ metaspace, ignoreMerges }: Definition): GgufMetadata {
  const { byteFallback, prepend, splits } = metaspace!;
  if (!byteFallback) throw refused("byte_fallback", "true", "false");
  if (splits) throw refused("pre_tokenizer", "a text as one word", "words split at spaces");
  if (ignoreMerges) throw refused("ignore_merges", "false", "true");
  return {
    "tokenizer.ggml.model": "llama",
    "tokenizer.ggml.pre": "default",
    // before a text that begins with a space llama.cpp puts another, where Metaspace puts none
    "tokenizer.ggml.add_space_prefix": prepend !== "never",
    "tokenizer.ggml.remove_extra_whitespaces": false,
  };
}

/** Of tokens that merges make, the rank of the first, negated: SentencePiece's scores up to a constant. */
function scoresOf(tokenizer: Tokenizer, vocabSize: number): Float32Array {
  const { definition } = tokenizer;
  const { merges } = definition;
  const rankOf = new Map<string, number>();
  let last: string | undefined;
  for (const [rank, [left, right]] of merges.entries()) {
    const result = left + right;
    // joined by their result, ranks of one result must stand together
    if (result !== last && rankOf.has(result)) {
      throw refused("merges", "those that make one token in a row", JSON.stringify(result));
    }
    if (result !== last) rankOf.set(result, rank);
    last = result;
  }
  requireAllPairs(definition);
  const rank = (id: number) => rankOf.get(tokenizer.idToToken(id) ?? "") ?? 0;
  return Float32Array.from({ length: vocabSize }, (_, id) => 0 - rank(id));
}

/** Every pair whose result is a token is joined there, so each must be a merge here. */
function requireAllPairs(definition: Definition): void {
  const { merges, vocabulary } = definition;
  const known = new Set(merges.map(([left, right]) => `${left} ${right}`));
  const isPart = (characters: readonly string[]) =>
    characters.length === 1 || vocabulary.has(characters.join(""));
  for (const token of ownTokens(definition)) {
    const characters = [...token];
    for (let at = 1; at < characters.length && !isByte(token); at++) {
      const parts = [characters.slice(0, at), characters.slice(at)];
      const pair = parts.map((part) => part.join("")).join(" ");
      if (!parts.every(isPart) || known.has(pair)) continue;
      throw refused("merges", `a merge of ${JSON.stringify(pair)}`, "none");
    }
  }
}

/** Tokens that texts are split into, none of those looked for as they are. */
function ownTokens({ addedTokens, vocabulary }: Definition): string[] {
  const added = new Set(addedTokens.map(({ content }) => content));
  return [...vocabulary.keys()].filter((token) => !added.has(token));
}

function refused(field: string, expected: string, got: string): ConfigError {
  const where = `tokenizer, ${field}`;
  return new ConfigError("export.tokenizer", "llama.cpp would split texts in another way", {
    ...{ expected, got, where },
    help: "--format huggingface writes any tokenizer",
  });
}
