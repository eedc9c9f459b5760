/** @file A small tokenizer for tests, trained on the spot, and fragments of text to build cases from. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { type Tokenizer, trainTokenizer } from "./index.ts";

const sources = [
  "public static int add(int first, int second) {\n    return first + second;\n}\n",
  "def add(first, second):\n    return first + second\n\n\ndef sub(first, second):\n    return first - second\n",
  "function greet(name) {\n\tif (!name) return 'it''s you';\n\treturn 'hello ' + name;\n}\n",
  "for (int i = 0; i < values.length; i++) {\n    total += values[i];\n}\nreturn total;\n",
];

/** 40 merges on a few functions, CodeT5's special tokens, ten sentinels. */
export function smallTokenizer(): Tokenizer {
  return trainTokenizer(sources, { vocabSize: 301, minFrequency: 2, numSentinels: 10 });
}

/** A fresh folder, gone when the test run ends. */
export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), "codet5-tokenizer-"));
}

const fragments = [
  ..." |  |\n|\n\n|\t|\r\n|'s|'re|'l|'ll|'|''|12|3.14|½|Ⅷ|٣|é|naïve|你好|🤗|𝕏|x\u0300|\u00a0|\u3000".split(
    "|",
  ),
  ..."\u0085|\ufeff|\u200d|\u2028|\u0000|\u1680|İ|ß|<s>|</s>|<mask>| <mask>|<pad>|<unk>|<extra_id_0>".split(
    "|",
  ),
  ..." <extra_id_9>\n|<extra_id_1|return| return|public static|{|}|();|==|aaaaaaa|first|camelCase|_".split(
    "|",
  ),
];

/** Text of code, special tokens, all kinds of white space and characters beyond the BMP. */
export const mixedText = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...fragments) },
      { weight: 1, arbitrary: fc.string({ maxLength: 4 }) },
    ),
    { maxLength: 16 },
  )
  .map((parts) => parts.join(""));
