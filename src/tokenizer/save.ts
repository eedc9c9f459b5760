/** @file Writes a tokenizer as a Hugging Face folder: new and old file formats side by side. */
import { join } from "node:path";
import { makeFolder, writeFileAtomically } from "../base/index.ts";
import type { AddedToken } from "./added-token.ts";
import { specialRoles, type TokenizerDefinition } from "./definition.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { byId, toAddedJson, toTokenizerJson } from "./tokenizer-json.ts";

/**
 * Write `tokenizer.json`, `tokenizer_config.json`, `special_tokens_map.json`; for a tokenizer of GPT-2's
 * kind `vocab.json` and `merges.txt`; and, when tokens lie outside the vocabulary, `added_tokens.json`.
 * `loadTokenizer` and Hugging Face's loaders read back the same tokenizer.
 * @param dir made when missing
 * @throws DataError `disk.full` or `file.unwritable`
 */
export function saveTokenizer(tokenizer: Tokenizer, dir: string): void {
  const { definition } = tokenizer;
  const outside = definition.addedTokens.filter(
    ({ content }) => !definition.vocabulary.has(content),
  );
  const files: Readonly<Record<string, string>> = {
    "tokenizer.json": pretty(toTokenizerJson(definition)),
    ...(definition.stepsJson === undefined ? bytePairFiles(definition) : {}),
    "tokenizer_config.json": pretty(toConfig(definition)),
    "special_tokens_map.json": pretty(toSpecialTokensMap(definition)),
    ...(outside.length === 0 ? {} : { "added_tokens.json": pretty(toAddedTokens(outside)) }),
  };
  makeFolder(dir);
  for (const [name, content] of Object.entries(files))
    writeFileAtomically(join(dir, name), content);
}

/** What older loaders read: GPT-2's kind alone. */
function bytePairFiles(definition: TokenizerDefinition): Readonly<Record<string, string>> {
  const merges = definition.merges.map((pair) => pair.join(" "));
  return {
    "vocab.json": vocabularyJson(definition),
    "merges.txt": ["#version: 0.2", ...merges, ""].join("\n"),
  };
}

/** In order of id; an object would move tokens that look like integers to the front. */
function vocabularyJson({ vocabulary }: TokenizerDefinition): string {
  const entries = byId(vocabulary).map(([token, id]) => `${JSON.stringify(token)}:${id}`);
  return `{${entries.join(",")}}`;
}

function pretty(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function toAddedTokens(tokens: readonly AddedToken[]): Record<string, number> {
  const sorted = tokens.toSorted((a, b) => a.id - b.id);
  return Object.fromEntries(sorted.map(({ content, id }) => [content, id]));
}

function additionalTokens({ addedTokens, specialTokens }: TokenizerDefinition) {
  const roles = new Set<string>(Object.values(specialTokens));
  const others = addedTokens.filter((token) => token.special && !roles.has(token.content));
  return others.toSorted((a, b) => a.id - b.id);
}

function toSpecialTokensMap(definition: TokenizerDefinition): unknown {
  const byContent = new Map(definition.addedTokens.map((token) => [token.content, token]));
  const roles = specialRoles.flatMap((role) => {
    const token = byContent.get(definition.specialTokens[role] ?? "");
    return token === undefined ? [] : [[`${role}_token`, toAddedJson(token)]];
  });
  const additional = additionalTokens(definition).map(toAddedJson);
  return {
    ...Object.fromEntries(roles),
    ...(additional.length === 0 ? {} : { additional_special_tokens: additional }),
  };
}

/** The transformers class whose loading code builds this template, else the one that builds none of its own. */
function tokenizerClass(definition: TokenizerDefinition): string {
  const { postProcessor, useRegex, ignoreMerges, stepsJson } = definition;
  const { type } = (postProcessor.json ?? {}) as { readonly type?: unknown };
  const isRoberta = type === "RobertaProcessing" && useRegex && !ignoreMerges && !stepsJson;
  return isRoberta ? "RobertaTokenizer" : "PreTrainedTokenizerFast";
}

function toConfig(definition: TokenizerDefinition): unknown {
  const { addedTokens, specialTokens, postProcessor, modelMaxLength } = definition;
  const sorted = addedTokens.toSorted((a, b) => a.id - b.id);
  const decoder = sorted.map((token) => {
    return [token.id, { ...toAddedJson(token), special: token.special }];
  });
  const roles = Object.entries(specialTokens).map(([role, content]) => [`${role}_token`, content]);
  const additional = additionalTokens(definition).map((token) => token.content);
  return {
    add_prefix_space: definition.addPrefixSpace,
    added_tokens_decoder: Object.fromEntries(decoder),
    ...(additional.length === 0 ? {} : { additional_special_tokens: additional }),
    ...Object.fromEntries(roles),
    clean_up_tokenization_spaces: false,
    errors: "replace",
    ...(modelMaxLength === undefined ? {} : { model_max_length: modelMaxLength }),
    tokenizer_class: tokenizerClass(definition),
    trim_offsets: postProcessor.trimOffsets,
  };
}
