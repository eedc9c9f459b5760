/** @file Writes a tokenizer where a verb was told to, without losing one that is there. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { UsageError } from "../base/index.ts";
import { saveTokenizer, type Tokenizer } from "../tokenizer/index.ts";

/** Options of the verbs that write a tokenizer. */
export const tokenizerOutputOptions = {
  out: z.string().meta({ description: "folder to write the tokenizer's files to" }),
  overwrite: z.boolean().default(false).meta({ description: "replace a tokenizer in that folder" }),
};

interface TokenizerOutput {
  readonly out: string;
  readonly overwrite: boolean;
}

/**
 * Check before the work that its result may be written.
 * @throws UsageError `usage.exists`
 */
export function requireFreeOutput({ out, overwrite }: TokenizerOutput): void {
  const present = ["tokenizer.json", "vocab.json"].find((name) => existsSync(join(out, name)));
  if (present === undefined || overwrite) return;
  throw new UsageError("usage.exists", "there is a tokenizer in that folder", {
    got: join(out, present),
    help: "choose another --out, or --overwrite",
  });
}

/** Save, and tell what was saved. */
export function writeTokenizer(tokenizer: Tokenizer, { out }: TokenizerOutput) {
  saveTokenizer(tokenizer, out);
  const { vocabSize, sentinelIds, definition } = tokenizer;
  const numMerges = definition.merges.length;
  return { out, vocabSize, numMerges, numSentinels: sentinelIds.length };
}
