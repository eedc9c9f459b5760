/** @file A tokenizer from a byte-pair vocabulary and its special tokens, as Roberta's class builds it. */
import { DataError } from "../base/index.ts";
import type { AddedToken } from "./added-token.ts";
import { checkAddedTokens, type SpecialTokens, type TokenizerDefinition } from "./definition.ts";
import { noPostProcessor, robertaPostProcessor } from "./post-processor.ts";
import { resolveRoles, type SpecialFiles, type TokenSpec } from "./special-files.ts";
import type { BytePairs } from "./vocabulary-files.ts";

/**
 * Classes of transformers that read these files with GPT-2's split pattern, and whether they put
 * `cls` and `sep` around a text. Others split or spell differently.
 */
const hasTemplateByClass: Readonly<Record<string, boolean>> = {
  Roberta: true,
  Bart: true,
  Longformer: true,
  LED: true,
  GPT2: false,
  CodeGen: false,
  PreTrained: true,
  TokenizersBackend: true,
};

/** How special files look when there are none. */
export const noSpecialFiles: SpecialFiles = {
  roles: {},
  others: [],
  ids: new Map(),
  addPrefixSpace: false,
  trimOffsets: false,
};

/**
 * Assemble a definition. Special tokens are added tokens; those outside the vocabulary get the ids that
 * the files give, else the next ones. With a `cls` and a `sep` the template is `cls text sep`.
 * @param where named in errors
 * @throws DataError `tokenizer.vocab` or `tokenizer.added` on conflicting ids, `tokenizer.class` on a class
 *   of other rules
 */
export function definitionFromVocabulary(
  { vocabulary, merges }: BytePairs,
  files: SpecialFiles,
  where: string,
): TokenizerDefinition {
  const added = settleIds([...Object.values(files.roles), ...files.others], vocabulary, files.ids);
  const contents = new Set([...vocabulary.keys(), ...added.map((spec) => spec.content)]);
  const given = mapValues(files.roles, (spec) => spec.content);
  const specialTokens = resolveRoles(given, (content) => contents.has(content));
  const addedTokens = withRoles(added, specialTokens, vocabulary);
  const addedIds = new Map(addedTokens.map((token) => [token.content, token.id]));
  return {
    vocabulary,
    merges,
    addedTokens: checkAddedTokens(addedTokens, vocabulary, where),
    specialTokens,
    postProcessor: template(specialTokens, addedIds, files, where),
    addPrefixSpace: files.addPrefixSpace,
    useRegex: true,
    fuseUnknown: false,
    ignoreMerges: false,
    ...(files.modelMaxLength === undefined ? {} : { modelMaxLength: files.modelMaxLength }),
  };
}

function mapValues(roles: SpecialFiles["roles"], pick: (spec: TokenSpec) => string): SpecialTokens {
  return Object.fromEntries(Object.entries(roles).map(([role, spec]) => [role, pick(spec)]));
}

/** One token per content, the first description of it; ids from the spec, the files, the vocabulary, or next. */
function settleIds(
  specs: readonly TokenSpec[],
  vocabulary: ReadonlyMap<string, number>,
  ids: ReadonlyMap<string, number>,
): AddedToken[] {
  const tokens = new Map<string, AddedToken>();
  const known = [...vocabulary.values(), ...ids.values()];
  let next = known.reduce((max, id) => Math.max(max, id), -1) + 1;
  for (const spec of specs) {
    if (tokens.has(spec.content)) continue;
    const id = spec.id ?? ids.get(spec.content) ?? vocabulary.get(spec.content) ?? next++;
    tokens.set(spec.content, { ...spec, id });
  }
  return [...tokens.values()];
}

/** Roles that no file describes become added tokens too; the mask takes the space before it. */
function withRoles(
  added: readonly AddedToken[],
  specialTokens: SpecialTokens,
  vocabulary: ReadonlyMap<string, number>,
): AddedToken[] {
  const tokens = new Map(added.map((token) => [token.content, token]));
  for (const [role, content] of Object.entries(specialTokens)) {
    if (tokens.has(content)) continue;
    const id = vocabulary.get(content)!;
    const flags = { singleWord: false, rstrip: false, normalized: false, special: true };
    tokens.set(content, { id, content, lstrip: role === "mask", ...flags });
  }
  return [...tokens.values()];
}

function template(
  roles: SpecialTokens,
  ids: ReadonlyMap<string, number>,
  files: SpecialFiles,
  where: string,
) {
  const cls = roles.cls ?? roles.bos;
  const sep = roles.sep ?? roles.eos;
  const isBare = !hasTemplate(files.tokenizerClass, where);
  // one token for both ends is GPT-2's <|endoftext|>, which separates documents
  if (isBare || cls === undefined || sep === undefined || cls === sep) return noPostProcessor;
  const [before, after] = [cls, sep].map((token) => ({ token, id: ids.get(token)! }));
  return robertaPostProcessor(before!, after!, files.trimOffsets, files.addPrefixSpace);
}

function hasTemplate(tokenizerClass: string | undefined, where: string): boolean {
  if (tokenizerClass === undefined) return true;
  const name = tokenizerClass.replace(/Tokenizer(Fast)?$/, "");
  if (Object.hasOwn(hasTemplateByClass, name)) return hasTemplateByClass[name]!;
  throw new DataError("tokenizer.class", "unsupported field tokenizer_class", {
    expected: Object.keys(hasTemplateByClass).join(", "),
    got: tokenizerClass,
    where: `${where} tokenizer_config.json`,
    help: "a tokenizer.json in the folder is read whatever the class",
  });
}
