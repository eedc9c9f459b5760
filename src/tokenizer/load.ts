/** @file Loads a tokenizer from a model folder or from named vocabulary files. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { DataError, readJsonFile } from "../base/index.ts";
import { definitionFromVocabulary } from "./from-vocabulary.ts";
import { readSpecialFiles, resolveRoles } from "./special-files.ts";
import { Tokenizer } from "./tokenizer.ts";
import { readTokenizerJson } from "./tokenizer-json.ts";
import { maxVocabularyBytes, readVocabularyFiles } from "./vocabulary-files.ts";

/**
 * Load the tokenizer of a model folder: `tokenizer.json`, or `vocab.json` with `merges.txt`; with
 * `special_tokens_map.json`, `tokenizer_config.json` and `added_tokens.json` where they are present.
 * @throws DataError `file.missing`, `json.syntax`, or `tokenizer.*` naming the file and the field
 */
export async function loadTokenizer(dir: string): Promise<Tokenizer> {
  return loadTokenizerSync(dir);
}

/** {@link loadTokenizer} without a promise. */
export function loadTokenizerSync(dir: string): Tokenizer {
  const tokenizerFile = join(dir, "tokenizer.json");
  if (existsSync(tokenizerFile)) return fromTokenizerJson(dir, tokenizerFile);
  const files = { vocabFile: join(dir, "vocab.json"), mergesFile: join(dir, "merges.txt") };
  if (!existsSync(files.vocabFile)) {
    throw new DataError("file.missing", "no tokenizer in this folder", {
      expected: "tokenizer.json, or vocab.json and merges.txt",
      got: existsSync(dir) ? "neither" : "no such folder",
      where: dir,
    });
  }
  const bytePairs = readVocabularyFiles(files);
  return new Tokenizer(definitionFromVocabulary(bytePairs, readSpecialFiles(dir), dir));
}

function fromTokenizerJson(dir: string, path: string): Tokenizer {
  const definition = readTokenizerJson(readJsonFile(path, maxVocabularyBytes), path);
  const { roles, modelMaxLength } = readSpecialFiles(dir);
  const contents = new Set(definition.addedTokens.map((token) => token.content));
  const isToken = (content: string) => contents.has(content) || definition.vocabulary.has(content);
  const given = Object.entries(roles).map(([role, spec]) => [role, spec.content]);
  return new Tokenizer({
    ...definition,
    specialTokens: resolveRoles(Object.fromEntries(given), isToken),
    ...(modelMaxLength === undefined ? {} : { modelMaxLength }),
  });
}
