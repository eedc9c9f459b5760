/** @file CodeT5's own vocabulary: goldens of the reference tokenizer and corpus statistics. */
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { loadCodeT5Tokenizer, loadTokenizerSync, saveTokenizer } from "./index.ts";
import { temporaryFolder } from "./small.test-data.ts";

interface Golden {
  readonly text: string;
  readonly ids: number[];
  readonly ids_without_special: number[];
  readonly decoded_skip_special: string;
  readonly truncated_32: number[];
}

const shared = resolve(import.meta.dirname, "../../../shared");
const vocabulary = join(shared, "data/codexglue/codet5-tokenizer");
const corpus = join(shared, "data/codexglue/translate_original_v1");
const goldens = join(shared, "goldens/tokenizer.json");
const bare = { addSpecialTokens: false } as const;

describe.runIf(existsSync(vocabulary))("CodeT5's vocabulary", () => {
  const tokenizer = loadCodeT5Tokenizer({
    vocabFile: join(vocabulary, "codet5-vocab.json"),
    mergesFile: join(vocabulary, "codet5-merges.txt"),
  });

  test("ids of the specification", () => {
    const ids = (...tokens: string[]) => tokens.map((token) => tokenizer.tokenToId(token));
    expect(ids("<pad>", "<s>", "</s>", "<unk>", "<mask>")).toEqual([0, 1, 2, 3, 4]);
    expect(ids("Ġreturn", "Ġpublic", "def", "true", "false")).toEqual([327, 1071, 536, 3767, 5743]);
    expect(ids("<extra_id_99>", "<extra_id_0>", "ĊĊ")).toEqual([32000, 32099, undefined]);
    expect(tokenizer.vocabSize).toBe(32100);
  });

  test.runIf(existsSync(goldens))(
    "all cases of the reference tokenizer, also after save and load",
    () => {
      const cases = JSON.parse(readFileSync(goldens, "utf8")) as Golden[];
      expect(cases).toHaveLength(136);
      const dir = temporaryFolder();
      saveTokenizer(tokenizer, dir);
      for (const candidate of [tokenizer, loadTokenizerSync(dir)]) {
        for (const golden of cases) {
          expect(candidate.encode(golden.text).ids).toEqual(golden.ids);
          expect(candidate.encodeIds(golden.text, bare)).toEqual(golden.ids_without_special);
          expect(candidate.encodeIds(golden.text, { maxLength: 32 })).toEqual(golden.truncated_32);
          const decoded = candidate.decode(golden.ids, { skipSpecialTokens: true });
          expect(decoded).toBe(golden.decoded_skip_special);
        }
      }
    },
  );

  test.runIf(existsSync(corpus)).for([
    ["java", 45.42, 391],
    ["cs", 56.37, 404],
  ] as const)("token counts of the translation corpus: %s", ([language, mean, longest]) => {
    const text = readFileSync(join(corpus, `train.java-cs.txt.${language}`), "utf8");
    const lines = text
      .trimEnd()
      .split("\n")
      .map((line) => line.trim());
    const counts = lines.map((line) => tokenizer.encodeIds(line, bare).length);
    expect(counts).toHaveLength(10_300);
    const total = counts.reduce((sum, count) => sum + count, 0);
    expect(Number((total / counts.length).toFixed(2))).toBe(mean);
    expect(Math.max(...counts)).toBe(longest);
  });
});
