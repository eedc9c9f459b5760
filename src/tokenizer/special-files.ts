/** @file Special tokens beside a vocabulary: `special_tokens_map.json`, `added_tokens.json`, `tokenizer_config.json`. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { readJsonFile } from "../base/index.ts";
import type { AddedToken } from "./added-token.ts";
import { type SpecialRole, type SpecialTokens, specialRoles } from "./definition.ts";
import { parseField } from "./json-field.ts";

/** An added token whose id is not settled yet. */
export type TokenSpec = Omit<AddedToken, "id"> & { readonly id?: number };

/** What the three files say; each may be absent. */
export interface SpecialFiles {
  readonly roles: Readonly<Partial<Record<SpecialRole, TokenSpec>>>;
  /** Further added tokens, in the order in which they get ids. */
  readonly others: readonly TokenSpec[];
  /** Ids by content. */
  readonly ids: ReadonlyMap<string, number>;
  readonly tokenizerClass?: string;
  readonly addPrefixSpace: boolean;
  readonly trimOffsets: boolean;
  readonly modelMaxLength?: number;
}

const flag = z.boolean().default(false);
const described = z.object({
  content: z.string().min(1),
  single_word: flag,
  lstrip: flag,
  rstrip: flag,
  normalized: z.boolean().default(true),
  special: z.boolean().optional(),
});
const token = z.union([z.string().min(1), described]);
const tokenList = z.array(token);

const specialsShape = z.object({
  bos_token: token.nullish(),
  eos_token: token.nullish(),
  unk_token: token.nullish(),
  sep_token: token.nullish(),
  pad_token: token.nullish(),
  cls_token: token.nullish(),
  mask_token: token.nullish(),
  additional_special_tokens: tokenList.nullish(),
  // transformers 5 renamed the list
  extra_special_tokens: z.union([tokenList, z.record(z.string(), token)]).nullish(),
});

const configShape = specialsShape.extend({
  tokenizer_class: z.string().nullish(),
  add_prefix_space: z.boolean().nullish(),
  trim_offsets: z.boolean().nullish(),
  model_max_length: z.number().nullish(),
  added_tokens_decoder: z.record(z.string(), described).nullish(),
});

const addedShape = z.record(z.string(), z.int());

/** @throws DataError `json.syntax` or `tokenizer.json`, naming file and field */
export function readSpecialFiles(dir: string): SpecialFiles {
  const map = readOptional(join(dir, "special_tokens_map.json"), specialsShape) ?? {};
  const config = readOptional(join(dir, "tokenizer_config.json"), configShape) ?? {};
  const added = readOptional(join(dir, "added_tokens.json"), addedShape) ?? {};
  const decoder = Object.entries(config.added_tokens_decoder ?? {}).map(([id, entry]) => {
    return { ...specOf(entry, false), id: Number(id) };
  });
  const described = new Map(decoder.map((spec) => [spec.content, spec]));
  const complete = (spec: TokenSpec) => described.get(spec.content) ?? spec;
  const addedIds = Object.entries(added).sort((a, b) => a[1] - b[1]);
  const { tokenizer_class: tokenizerClass, model_max_length: modelMaxLength } = config;
  return {
    roles: rolesOf([map, config], complete),
    others: [
      ...decoder,
      ...[map, config].flatMap(additionalTokens).map(complete),
      ...addedIds.map(([content]) => ({ ...specOf(content, false), normalized: true })),
    ],
    ids: new Map([...addedIds, ...decoder.map(({ content, id }) => [content, id] as const)]),
    addPrefixSpace: config.add_prefix_space ?? false,
    trimOffsets: config.trim_offsets ?? false,
    ...(tokenizerClass ? { tokenizerClass } : {}),
    ...(modelMaxLength && modelMaxLength < 1e9 ? { modelMaxLength } : {}),
  };
}

function readOptional<T>(path: string, schema: z.ZodType<T>): T | undefined {
  return existsSync(path) ? parseField(schema, readJsonFile(path), "", path) : undefined;
}

type Specials = z.infer<typeof specialsShape>;

/** The first file that describes a role wins over one that only names it. */
function rolesOf(
  files: readonly Specials[],
  complete: (spec: TokenSpec) => TokenSpec,
): SpecialFiles["roles"] {
  const roles: Partial<Record<SpecialRole, TokenSpec>> = {};
  for (const role of specialRoles) {
    const values = files.map((file) => file[`${role}_token`]).filter((value) => value);
    const value = values.find((candidate) => typeof candidate === "object") ?? values[0];
    if (value) roles[role] = complete(specOf(value, true));
  }
  return roles;
}

function additionalTokens(file: Specials): TokenSpec[] {
  const extra = file.extra_special_tokens ?? [];
  const list = [...(file.additional_special_tokens ?? []), ...Object.values(extra)];
  return list.map((value) => specOf(value, true));
}

/** A special token that strips nothing and is matched in the first pass. */
export function specialToken(content: string): TokenSpec {
  const flags = { singleWord: false, lstrip: false, rstrip: false, normalized: false };
  return { content, ...flags, special: true };
}

function specOf(value: z.infer<typeof token>, isSpecial: boolean): TokenSpec {
  if (typeof value === "string") return { ...specialToken(value), special: isSpecial };
  const { single_word: singleWord, special, ...rest } = value;
  return { ...rest, singleWord, special: special ?? isSpecial };
}

/** Names that vocabularies of this kind use when no file says otherwise. */
const usualNames: Readonly<Record<SpecialRole, readonly string[]>> = {
  bos: ["<s>", "<|endoftext|>"],
  eos: ["</s>", "<|endoftext|>"],
  unk: ["<unk>", "<|endoftext|>"],
  sep: ["</s>"],
  pad: ["<pad>"],
  cls: ["<s>"],
  mask: ["<mask>"],
};

/** Roles that files give, and for the others the usual names that are tokens. */
export function resolveRoles(
  given: SpecialTokens,
  isToken: (content: string) => boolean,
): SpecialTokens {
  const roles = specialRoles.map((role) => {
    const name = given[role] ?? usualNames[role].find(isToken);
    return [role, name] as const;
  });
  return Object.fromEntries(roles.filter(([, name]) => name !== undefined && isToken(name)));
}
