/** @file `manifest.json`: what a corpus holds, where it came from, what was left out, digests of it all. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { DataError, readJsonFile } from "../../base/index.ts";
import type { Tokenizer } from "../../tokenizer/index.ts";
import { corpusSettingsSchema } from "./settings.ts";

export const manifestName = "manifest.json";
/** Folders inside a corpus. */
export const shardFolder = "shards";
export const tokenizerFolder = "tokenizer";
/** What an unfinished build has done so far. */
export const workName = ".build";

const counts = z.record(z.string(), z.int().min(0));
const total = z.int().min(0);
const fileDigest = z.object({ bytes: total, sha256: z.string().regex(/^[0-9a-f]{64}$/) });

/** Size and SHA-256 of one file. */
export type FileDigest = z.output<typeof fileDigest>;

const slice = z.object({
  language: z.string(),
  split: z.enum(["train", "validation", "test"]),
  functions: total,
  documented: total,
  docstringTokens: total,
  codeTokens: total,
  leaves: total,
  identifiers: total,
  textBytes: total,
});

const schema = z.object({
  format: z.literal("codet5-corpus"),
  version: z.literal(1),
  settings: corpusSettingsSchema,
  /** Trees by their labels, with the licence most of their files are under. */
  sources: z.array(z.object({ label: z.string(), files: total, licenses: counts })),
  languages: z.array(z.string()).max(256),
  tokenizer: z.object({ sha256: z.string(), vocabSize: z.int(), isNew: z.boolean() }),
  tokenBytes: z.literal([2, 4]),
  /** Functions, tokens and identifiers per language and split. */
  slices: z.array(slice),
  duplicates: z.object({
    threshold: z.number(),
    exact: total,
    near: total,
    bands: total,
    rows: total,
  }),
  /** Source files that were read, and those of which functions were taken; bytes as on disk. */
  read: z.object({ files: total, bytes: total }),
  mined: z.object({ files: total, bytes: total, functions: total }),
  /** What was left out of that, by reason. */
  counts: z.object({
    folders: counts,
    files: counts,
    functions: counts,
    docstrings: counts,
    secrets: counts,
  }),
  groups: z.record(z.string(), z.enum(["train", "validation", "test"])),
  shards: z.array(
    z.object({
      name: z.string().regex(/^\d{5}$/),
      functions: total,
      files: z.object({ tokens: fileDigest, index: fileDigest, files: fileDigest }),
    }),
  ),
});

/** See the fields of the schema above. */
export type CorpusManifest = z.output<typeof schema>;

/**
 * Read and check a manifest.
 * @throws DataError `corpus.missing`, `json.syntax`, `corpus.manifest` naming the field
 */
export function readManifest(folder: string): CorpusManifest {
  const path = join(folder, manifestName);
  if (!existsSync(path)) throw noCorpus(folder);
  const result = schema.safeParse(readJsonFile(path));
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  throw new DataError("corpus.manifest", "not the manifest of a corpus", {
    expected: issue.message,
    got: `field ${issue.path.join(".") || "(the whole)"}`,
    where: path,
  });
}

function noCorpus(folder: string): DataError {
  const isUnfinished = existsSync(join(folder, workName));
  return new DataError("corpus.missing", "no corpus in that folder", {
    expected: manifestName,
    got: isUnfinished ? "an unfinished build" : existsSync(folder) ? "none" : "no such folder",
    where: folder,
    help: `${isUnfinished ? "finish" : "make"} it with codet5 corpus build`,
  });
}

/**
 * Digest of what decides a tokenizer's ids, whatever the layout of its files: vocabulary in order of
 * id, merges, added tokens.
 * @returns 64 lower-case hexadecimal digits
 */
export function tokenizerDigest({ definition }: Tokenizer): string {
  const { vocabulary, merges, addedTokens, addPrefixSpace, useRegex, ignoreMerges } = definition;
  const tokens = [...vocabulary].sort(([, a], [, b]) => a - b);
  const byId = addedTokens.toSorted((a, b) => a.id - b.id);
  const added = byId.map((token) => [
    token.id,
    token.content,
    token.singleWord,
    token.lstrip,
    token.rstrip,
    token.normalized,
  ]);
  const parts = [tokens, merges, added, { addPrefixSpace, useRegex, ignoreMerges }];
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${JSON.stringify(part)}\n`);
  return hash.digest("hex");
}
