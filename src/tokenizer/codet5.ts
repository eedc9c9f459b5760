/** @file CodeT5's special tokens: five in the vocabulary, a hundred sentinels after it. */
import type { SpecialRole } from "./definition.ts";
import { definitionFromVocabulary, noSpecialFiles } from "./from-vocabulary.ts";
import type { SpecialFiles, TokenSpec } from "./special-files.ts";
import { Tokenizer } from "./tokenizer.ts";
import { readVocabularyFiles, type VocabularyFiles } from "./vocabulary-files.ts";

/** CodeT5's first five tokens: ids 0 to 4. */
export const codeT5SpecialTokens = ["<pad>", "<s>", "</s>", "<unk>", "<mask>"] as const;

/** Number of sentinels of CodeT5 and T5. */
export const numCodeT5Sentinels = 100;

const roleNames: Readonly<Record<SpecialRole, (typeof codeT5SpecialTokens)[number]>> = {
  bos: "<s>",
  eos: "</s>",
  unk: "<unk>",
  sep: "</s>",
  pad: "<pad>",
  cls: "<s>",
  mask: "<mask>",
};

function special(content: string, lstrip: boolean): TokenSpec {
  return { content, singleWord: false, lstrip, rstrip: false, normalized: true, special: true };
}

/**
 * CodeT5's added tokens. Sentinels come in the order 99, 98, ..., 0, so that `<extra_id_0>` has the
 * highest id, and swallow the white space before them, as the mask does.
 * Source: special_tokens_map.json of Salesforce/codet5-small.
 */
export function codeT5SpecialFiles(numSentinels: number = numCodeT5Sentinels): SpecialFiles {
  const roles = Object.entries(roleNames).map(([role, content]) => {
    return [role, special(content, role === "mask")] as const;
  });
  const others = Array.from({ length: numSentinels }, (_, i) => {
    return special(`<extra_id_${numSentinels - 1 - i}>`, true);
  });
  return { ...noSpecialFiles, roles: Object.fromEntries(roles), others, modelMaxLength: 512 };
}

/**
 * Load CodeT5's tokenizer from its two vocabulary files, wherever they are and whatever their names.
 * Sentinels take the ids after the vocabulary: 32000 to 32099 for CodeT5's own.
 * @throws DataError as `loadTokenizer`
 */
export function loadCodeT5Tokenizer(
  files: VocabularyFiles,
  numSentinels: number = numCodeT5Sentinels,
): Tokenizer {
  const bytePairs = readVocabularyFiles(files);
  const special = codeT5SpecialFiles(numSentinels);
  return new Tokenizer(definitionFromVocabulary(bytePairs, special, files.vocabFile));
}
